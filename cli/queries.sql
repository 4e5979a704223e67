-- name: list_dead
SELECT id, consumer, coalesce(type, '?') AS type, reason, dead_at FROM bus.dead_letters
WHERE redriven_at IS NULL
ORDER BY dead_at DESC;

-- name: show_dead
SELECT consumer, stream, entry_id, event_id, type, reason, error, attempts, dead_at, body FROM bus.dead_letters
WHERE id = $1::uuid;

-- name: choose_dead
-- Without ids: all that nobody has redriven.
SELECT id, consumer, stream, event_id, body FROM bus.dead_letters
WHERE redriven_at IS NULL AND ($1::uuid[] IS NULL OR id = ANY($1::uuid[]))
ORDER BY dead_at;

-- name: mark_redriven
UPDATE bus.dead_letters SET redriven_at = now() WHERE id = $1::uuid;

-- name: forget_attempts
DELETE FROM bus.attempts WHERE consumer = $1::text AND key = $2::text;

-- name: outbox_since
SELECT xid::text AS xid, position, stream, body FROM bus.outbox
WHERE service = $1::text AND created_at >= $2::timestamptz AND (xid, position) > ($3::text::xid8, $4::bigint)
ORDER BY bus.outbox.xid, position
LIMIT $5::integer;
