-- name: claim_mentions
-- What is new, or newer than we knew; a deleted mention stays deleted. Sorted, so that replicas wait, never deadlock.
INSERT INTO mentions AS m
    (mention_id, version, quote_version, channel, kind, author_key, quote, posted_at, waiting_since)
SELECT mention_id, version, version, channel, kind, author_key, quote, posted_at, waiting_since
FROM unnest(
    $1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[]
) AS n (mention_id, version, channel, kind, author_key, quote, posted_at, waiting_since)
ORDER BY mention_id
ON CONFLICT (mention_id) DO UPDATE
SET version = excluded.version,
    quote_version = greatest(m.quote_version, excluded.version),
    quote = CASE WHEN excluded.version >= m.quote_version THEN excluded.quote ELSE m.quote END,
    channel = excluded.channel, kind = excluded.kind, author_key = excluded.author_key,
    posted_at = excluded.posted_at, waiting_since = excluded.waiting_since
WHERE m.version < excluded.version AND m.deleted_at IS NULL
RETURNING mention_id, incident_id;

-- name: forget_quotes
-- Of a mention that is nobody's work only the version is kept: an older version that comes late must not open anything.
UPDATE mentions SET quote = NULL WHERE mention_id = ANY($1::uuid[]) AND incident_id IS NULL;

-- name: link_mentions
UPDATE mentions AS m SET incident_id = n.incident_id
FROM unnest($1::uuid[], $2::uuid[]) AS n (mention_id, incident_id)
WHERE m.mention_id = n.mention_id;

-- name: change_quotes
UPDATE mentions AS m SET quote = n.quote, quote_version = n.version
FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS n (mention_id, version, quote)
WHERE m.mention_id = n.mention_id AND m.quote_version < n.version AND m.deleted_at IS NULL
    AND m.incident_id IS NOT NULL;

-- name: delete_mentions
-- A tombstone holds even when it comes before the mention. The author's key stays, so that the count of customers does.
INSERT INTO mentions AS m (mention_id, version, quote_version, deleted_at)
SELECT mention_id, 0, 0, deleted_at
FROM unnest($1::uuid[], $2::timestamptz[]) AS n (mention_id, deleted_at)
ORDER BY mention_id
ON CONFLICT (mention_id) DO UPDATE SET quote = NULL, deleted_at = coalesce(m.deleted_at, excluded.deleted_at);

-- name: lock_keys
-- Two replicas that meet the same problem take turns, so that one incident is opened. The keys come sorted.
SELECT pg_advisory_xact_lock(hashtextextended('notify ' || key, 0)) FROM unnest($1::text[]) AS key;

-- name: collecting_incidents
-- Rows are always locked in this order, whoever locks them.
SELECT * FROM incidents WHERE collecting AND dedup_key = ANY($1::text[]) ORDER BY dedup_key, id FOR UPDATE;

-- name: lock_incidents
SELECT * FROM incidents WHERE id = ANY($1::uuid[]) ORDER BY dedup_key, id FOR UPDATE;

-- name: read_incident
SELECT * FROM incidents WHERE id = $1::uuid;

-- name: fixed_at
SELECT dedup_key, max(resolved_at) AS fixed_at FROM incidents
WHERE outcome = 'fixed' AND dedup_key = ANY($1::text[]) GROUP BY dedup_key;

-- name: add_incidents
INSERT INTO incidents (
    id, company, dedup_key, collecting, topic, severity, place_name, branch_id, process_id, region_owner_id, candidates,
    returned, owner_role, step, acting_from_step, status, channel, kind, waiting_since, last_mention_at, mentions,
    opened_at, notified_at, acknowledged_at, exhausted_at, resolved_at, outcome, eta_text, eta_at, report, generation,
    sequence
)
SELECT
    id, company, dedup_key, collecting, topic, severity, place_name, branch_id, process_id, region_owner_id, candidates,
    returned, owner_role, step, acting_from_step, status, channel, kind, waiting_since, last_mention_at, mentions,
    opened_at, notified_at, acknowledged_at, exhausted_at, resolved_at, outcome, eta_text, eta_at, report, generation,
    sequence
FROM jsonb_populate_recordset(NULL::incidents, $1::jsonb);

-- name: save_incidents
-- Company, topic and the first mention's facts never change.
UPDATE incidents AS i
SET dedup_key = n.dedup_key, collecting = n.collecting, place_name = n.place_name, branch_id = n.branch_id,
    region_owner_id = n.region_owner_id, candidates = n.candidates, owner_role = n.owner_role, step = n.step,
    acting_from_step = n.acting_from_step, status = n.status, last_mention_at = n.last_mention_at,
    mentions = n.mentions, notified_at = n.notified_at, acknowledged_at = n.acknowledged_at,
    exhausted_at = n.exhausted_at, resolved_at = n.resolved_at, outcome = n.outcome, eta_text = n.eta_text,
    eta_at = n.eta_at, report = n.report, generation = n.generation, sequence = n.sequence
FROM jsonb_populate_recordset(NULL::incidents, $1::jsonb) AS n
WHERE i.id = n.id;

-- name: facts
-- Who took the words back is still a customer; what they wrote is gone.
SELECT
    (SELECT count(DISTINCT author_key) FROM mentions WHERE incident_id = $1::uuid) AS customers,
    ARRAY(
        SELECT quote FROM mentions
        WHERE incident_id = $1::uuid AND deleted_at IS NULL AND quote IS NOT NULL
        ORDER BY waiting_since DESC, mention_id LIMIT $2::integer
    ) AS quotes;

-- name: add_work_orders
INSERT INTO work_orders (incident_id, step, adapter, role, ordered_at, status)
SELECT incident_id, step, adapter, role, $5::timestamptz, 'ordered'
FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[]) AS n (incident_id, step, adapter, role)
ON CONFLICT DO NOTHING;

-- name: settle_work_order
UPDATE work_orders SET status = $4::text, settled_at = $5::timestamptz
WHERE incident_id = $1::uuid AND step = $2::integer AND adapter = $3::text;

-- name: may_still_arrive
SELECT EXISTS (
    SELECT 1 FROM work_orders WHERE incident_id = $1::uuid AND step = $2::integer AND status IN ('ordered', 'sent')
);

-- name: cancel_work_orders
UPDATE work_orders SET status = 'cancelled', settled_at = $3::timestamptz
FROM unnest($1::uuid[], $2::text[], $4::integer[]) AS n (incident_id, adapter, step)
WHERE work_orders.incident_id = n.incident_id AND work_orders.adapter = n.adapter AND work_orders.step = n.step;

-- name: add_audit
INSERT INTO audit (at, incident_id, step, role, action, changed, input)
VALUES ($1::timestamptz, $2::uuid, $3::integer, $4::text, $5::text, $6::boolean, $7::text);

-- name: count_unanswered_words
-- Words that changed nothing: whoever was asked to say it otherwise is not asked that again for the same work order.
SELECT count(*) FROM audit
WHERE incident_id = $1::uuid AND step = $2::integer AND action = 'report' AND NOT changed;

-- name: count_open
SELECT
    count(*) AS open,
    count(*) FILTER (WHERE status = 'triggered' AND exhausted_at IS NOT NULL) AS unacknowledged
FROM incidents WHERE status <> 'resolved';
