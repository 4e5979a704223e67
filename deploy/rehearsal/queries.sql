-- Looks at the bus as its owner: a rehearsal moves its clock only when all of it is at rest.

-- name: unsettled
-- Everything that is under way or due: one snapshot, so nothing can slip from one count into another.
SELECT
    (SELECT count(*) FROM bus.outbox AS o JOIN bus.consumers AS c ON c.stream = o.stream
        WHERE NOT EXISTS (SELECT FROM bus.inbox AS i WHERE i.consumer = c.consumer AND i.event_id = o.event_id)
        AND NOT EXISTS (SELECT FROM bus.dead_letters AS d WHERE d.consumer = c.consumer AND d.event_id = o.event_id)
    ) AS events,
    (SELECT count(*) FROM bus.timers AS t
        WHERE t.fired_at IS NULL AND t.parked_at IS NULL AND t.due_at <= $1::timestamptz) AS timers,
    (SELECT count(*) FROM bus.dispatches AS d
        WHERE d.status = 'sending' OR (d.status = 'pending' AND d.due_at <= $1::timestamptz)) AS dispatches;

-- name: next_due
SELECT min(due_at) FROM (
    SELECT t.due_at FROM bus.timers AS t WHERE t.fired_at IS NULL AND t.parked_at IS NULL
    UNION ALL
    SELECT d.due_at FROM bus.dispatches AS d WHERE d.status = 'pending'
) AS due WHERE due_at > $1::timestamptz;

-- name: events_after
SELECT position, body FROM bus.outbox WHERE position > $1::bigint ORDER BY position;

-- name: troubles
-- What a service could not do: a rehearsal in which that happens has not passed.
SELECT 'dead letter of ' || consumer AS what, coalesce(type, '') || ' ' || error AS why FROM bus.dead_letters
UNION ALL
SELECT 'timer of ' || service, kind || ' ' || coalesce(last_error, '') FROM bus.timers WHERE failures > 0
UNION ALL
SELECT 'dispatch of ' || service, adapter || ' ' || status || ' ' || coalesce(reason, '') FROM bus.dispatches
    WHERE status = 'parked';
