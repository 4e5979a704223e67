-- name: handled_before
SELECT event_id FROM bus.inbox WHERE consumer = $1::text AND event_id = ANY($2::uuid[]);

-- name: add_to_inbox
-- Of two that handle the same event at once, one finds the other's row here, undoes its work and looks again.
INSERT INTO bus.inbox (consumer, event_id)
SELECT $1::text, event_id FROM unnest($2::uuid[]) AS event_id ORDER BY event_id
ON CONFLICT DO NOTHING
RETURNING event_id;

-- name: add_to_outbox
-- The ids are derived from causes: the same fact twice is one row.
INSERT INTO bus.outbox (service, event_id, stream, type, subject, correlation_id, person, body)
SELECT $1::text, o.*
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::bytea[])
    AS o (event_id, stream, type, subject, correlation_id, person, body)
ON CONFLICT (event_id) DO NOTHING;

-- name: start_timers
INSERT INTO bus.timers (service, kind, key, due_at, payload, lane)
SELECT $1::text, n.kind, n.key, n.due_at, n.payload, n.lane
FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::jsonb[], $6::smallint[])
    AS n (kind, key, due_at, payload, lane)
ORDER BY n.kind, n.key
ON CONFLICT (service, kind, key) DO NOTHING;

-- name: cancel_timers
DELETE FROM bus.timers
WHERE service = $1::text AND kind = $2::text AND key = ANY($3::text[]) AND fired_at IS NULL;

-- name: add_dispatches
INSERT INTO bus.dispatches (service, ordered_at, key, adapter, audience, subject, payload, due_at, lane)
SELECT $1::text, $9::timestamptz, d.*
FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[], $7::timestamptz[], $8::smallint[])
    AS d (key, adapter, audience, subject, payload, due_at, lane)
ORDER BY d.key
ON CONFLICT (service, key) DO NOTHING;

-- name: cancel_dispatches
UPDATE bus.dispatches SET status = 'cancelled', settled_at = now()
WHERE service = $1::text AND subject = ANY($2::uuid[]) AND status = 'pending'
RETURNING id, key, adapter, audience, subject, payload, due_at, lane, attempts;

-- name: register_consumers
INSERT INTO bus.consumers (stream, consumer)
SELECT stream, $2::text FROM unnest($1::text[]) AS stream ORDER BY stream
ON CONFLICT DO NOTHING;

-- name: consumers_of
SELECT consumer FROM bus.consumers WHERE stream = $1::text;

-- name: record_start
-- Committed before the handler runs: a handler that kills its process leaves this behind.
INSERT INTO bus.attempts AS a (consumer, key, starts) VALUES ($1::text, $2::text, 1)
ON CONFLICT (consumer, key) DO UPDATE SET starts = a.starts + 1, updated_at = now()
RETURNING starts;

-- name: forget_start
UPDATE bus.attempts SET starts = starts - 1, updated_at = now()
WHERE consumer = $1::text AND key = $2::text AND starts > 0
RETURNING starts;

-- name: record_failure
-- A failure is a start that came back: it counts as a failure only.
INSERT INTO bus.attempts AS a (consumer, key, failures, last_error) VALUES ($1::text, $2::text, 1, $3::text)
ON CONFLICT (consumer, key) DO UPDATE
SET failures = a.failures + 1, starts = greatest(a.starts - 1, 0), last_error = excluded.last_error, updated_at = now()
RETURNING failures;

-- name: forget_attempts
DELETE FROM bus.attempts WHERE consumer = $1::text AND key = $2::text;

-- name: add_dead_letter
-- The correlation id leads an erasure to the letter; it is read from our own outbox where the event is ours to know.
INSERT INTO bus.dead_letters
    (consumer, stream, entry_id, event_id, type, correlation_id, reason, error, attempts, body)
VALUES (
    $1::text, $2::text, $3::text, $4::uuid, $5::text,
    (SELECT o.correlation_id FROM bus.outbox AS o WHERE o.event_id = $4::uuid),
    $6::text, $7::text, $8::integer, $9::bytea
)
ON CONFLICT (consumer, stream, entry_id) DO NOTHING;

-- name: count_dead_letters
SELECT count(*) FROM bus.dead_letters WHERE consumer = $1::text AND redriven_at IS NULL;

-- name: lock_relay
SELECT pg_try_advisory_lock(hashtextextended('amends relay ' || $1::text, 0));

-- name: unlock_relay
SELECT pg_advisory_unlock(hashtextextended('amends relay ' || $1::text, 0));

-- name: relay_cursor
INSERT INTO bus.relays AS r (service) VALUES ($1::text)
ON CONFLICT (service) DO UPDATE SET service = excluded.service
RETURNING r.xid::text AS xid, r.position, r.stream, r.last_entry_id, r.epoch;

-- name: next_outbox
-- Rows of transactions that may still be overtaken come along without a body: the relay knows to look again soon.
SELECT
    xid::text AS xid, position, stream,
    CASE WHEN xid < pg_snapshot_xmin(pg_current_snapshot()) THEN body END AS body
FROM bus.outbox
WHERE service = $1::text AND (xid, position) > ($2::text::xid8, $3::bigint)
ORDER BY bus.outbox.xid, position
LIMIT $4::integer;

-- name: record_relay
UPDATE bus.relays
SET xid = $2::text::xid8, position = $3::bigint, stream = $4::text, last_entry_id = $5::text, epoch = $6::text,
    relayed_at = now()
WHERE service = $1::text;

-- name: unhandled_outbox
-- What was published and some registered consumer has neither handled nor given up.
SELECT o.xid::text AS xid, o.position, o.stream, o.body
FROM bus.outbox AS o
WHERE o.service = $1::text
    AND (o.xid, o.position) > ($2::text::xid8, $3::bigint)
    AND (o.xid, o.position) <= ($4::text::xid8, $5::bigint)
    AND EXISTS (
        SELECT 1 FROM bus.consumers AS c
        WHERE c.stream = o.stream
            AND NOT EXISTS (SELECT 1 FROM bus.inbox AS i WHERE i.consumer = c.consumer AND i.event_id = o.event_id)
            AND NOT EXISTS (
                SELECT 1 FROM bus.dead_letters AS d
                WHERE d.consumer = c.consumer AND d.event_id = o.event_id AND d.redriven_at IS NULL
            )
    )
ORDER BY o.xid, o.position
LIMIT $6::integer;

-- name: unsent_outbox
SELECT count(*) AS unsent, coalesce(extract(epoch FROM now() - min(o.created_at)), 0)::float8 AS oldest_seconds
FROM bus.outbox AS o
WHERE o.service = $1::text
    AND (o.xid, o.position) > (
        SELECT coalesce(max(r.xid), '0'::xid8), coalesce(max(r.position), 0) FROM bus.relays AS r WHERE r.service = $1::text
    );

-- name: due_timers
SELECT id, kind, key, due_at, payload, failures
FROM bus.timers
WHERE service = $1::text AND due_at <= $2::timestamptz AND fired_at IS NULL AND parked_at IS NULL
    AND kind = ANY($3::text[])
ORDER BY lane, due_at, id
LIMIT $4::integer
FOR UPDATE SKIP LOCKED;

-- name: list_due_timers
SELECT id, kind, key, due_at, payload, failures
FROM bus.timers
WHERE service = $1::text AND due_at <= $2::timestamptz AND fired_at IS NULL AND parked_at IS NULL
    AND kind = ANY($3::text[])
ORDER BY lane, due_at, id
LIMIT $4::integer;

-- name: lock_timer
SELECT true FROM bus.timers WHERE id = $1::uuid AND fired_at IS NULL AND parked_at IS NULL FOR UPDATE SKIP LOCKED;

-- name: mark_fired
UPDATE bus.timers SET fired_at = $2::timestamptz WHERE id = ANY($1::uuid[]);

-- name: timer_failed
UPDATE bus.timers
SET failures = failures + 1, last_error = $2::text, due_at = $3::timestamptz,
    parked_at = CASE WHEN $4::boolean THEN now() END
WHERE id = $1::uuid AND fired_at IS NULL;

-- name: timers_in_trouble
SELECT
    count(*) FILTER (WHERE parked_at IS NULL AND due_at < $2::timestamptz - interval '10 seconds') AS overdue,
    count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked
FROM bus.timers
WHERE service = $1::text AND fired_at IS NULL;

-- name: claim_dispatches
-- Leases run on PostgreSQL's clock; what is due runs on business time. A called_at that is still set tells of a
-- call whose outcome nobody recorded.
UPDATE bus.dispatches AS d
SET status = 'sending', token = gen_random_uuid(), leased_until = clock_timestamp() + $3::interval,
    attempts = d.attempts + 1
FROM (
    SELECT id FROM bus.dispatches
    WHERE service = $1::text AND adapter = ANY($5::text[])
        AND (
            (status = 'pending' AND due_at <= $2::timestamptz)
            OR (status = 'sending' AND leased_until < clock_timestamp())
        )
    ORDER BY lane, due_at, id
    LIMIT $4::integer
    FOR UPDATE SKIP LOCKED
) AS due
WHERE d.id = due.id
RETURNING d.id, d.key, d.adapter, d.audience, d.subject, d.payload, d.due_at, d.lane, d.attempts, d.token,
    d.called_at, d.ordered_at;

-- name: fence_dispatches
UPDATE bus.dispatches AS d SET called_at = clock_timestamp(), leased_until = clock_timestamp() + $3::interval
FROM unnest($1::uuid[], $2::uuid[]) AS n (id, token)
WHERE d.id = n.id AND d.token = n.token AND d.status = 'sending' AND d.leased_until > clock_timestamp()
RETURNING d.id;

-- name: postpone_dispatch
UPDATE bus.dispatches
SET status = 'pending', due_at = $3::timestamptz, reason = $4::text, token = NULL, leased_until = NULL,
    called_at = CASE WHEN $5::boolean THEN NULL ELSE called_at END
WHERE id = $1::uuid AND token = $2::uuid AND status = 'sending'
RETURNING true;

-- name: settle_dispatches
UPDATE bus.dispatches AS d
SET status = n.status, external_id = n.external_id, reason = n.reason, settled_at = $6::timestamptz, token = NULL,
    leased_until = NULL
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS n (id, token, status, external_id, reason)
WHERE d.id = n.id AND d.token = n.token AND d.status = 'sending'
RETURNING d.id;

-- name: late_result
UPDATE bus.dispatches SET late_results = late_results + 1 WHERE id = $1::uuid;

-- name: count_dispatches
SELECT status, count(*) AS dispatches FROM bus.dispatches
WHERE service = $1::text AND status IN ('pending', 'sending', 'parked') GROUP BY status;

-- name: forget_old_outbox
-- Only what has been published: the cursor has passed it.
DELETE FROM bus.outbox AS o
USING bus.relays AS r
WHERE r.service = $1::text AND o.service = $1::text AND (o.xid, o.position) <= (r.xid, r.position)
    AND o.created_at < now() - $2::interval;

-- name: forget_old_inbox
DELETE FROM bus.inbox WHERE consumer = $1::text AND handled_at < now() - $2::interval;

-- name: forget_old_timers
DELETE FROM bus.timers WHERE service = $1::text AND fired_at < now() - $2::interval;
