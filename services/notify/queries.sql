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

-- name: last_branches
-- Where each author's last matter was: it may decide between branches that a new mention leaves open.
SELECT DISTINCT ON (n.mention_id) n.mention_id, i.branch_id
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS n (mention_id, author_key, company, posted_at)
JOIN mentions AS m ON m.author_key = n.author_key AND m.mention_id <> n.mention_id
    AND m.posted_at <= n.posted_at AND m.posted_at > n.posted_at - $5::interval
JOIN incidents AS i ON i.id = m.incident_id AND i.company = n.company AND i.branch_id IS NOT NULL
ORDER BY n.mention_id, m.posted_at DESC, i.id;

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
SELECT * FROM incidents WHERE collecting AND scope = ANY($1::text[]) ORDER BY dedup_key, id FOR UPDATE;

-- name: latest_quotes
SELECT i.id AS incident_id, m.quote
FROM unnest($1::uuid[]) AS i (id)
CROSS JOIN LATERAL (
    SELECT quote FROM mentions
    WHERE incident_id = i.id AND quote IS NOT NULL AND deleted_at IS NULL
    ORDER BY waiting_since DESC LIMIT $2::integer
) AS m;

-- name: lock_incidents
SELECT * FROM incidents WHERE id = ANY($1::uuid[]) ORDER BY dedup_key, id FOR UPDATE;

-- name: read_incident
SELECT * FROM incidents WHERE id = $1::uuid;

-- name: fixed_incidents
SELECT * FROM incidents
WHERE outcome = 'fixed' AND scope = ANY($1::text[]) AND resolved_at >= $2::timestamptz ORDER BY dedup_key, id;

-- name: add_incidents
INSERT INTO incidents (
    id, company, dedup_key, collecting, topic, severity, place_name, branch_id, process_id, region_owner_id, candidates,
    returned, earlier_incident_id, urgent, things, channels, pace, storm_since, merged_into, owner_role, step,
    acting_from_step, status, channel, kind, waiting_since, last_mention_at, mentions, opened_at, notified_at,
    acknowledged_at, exhausted_at, resolved_at, outcome, eta_text, eta_at, report, generation, sequence
)
SELECT
    id, company, dedup_key, collecting, topic, severity, place_name, branch_id, process_id, region_owner_id, candidates,
    returned, earlier_incident_id, urgent, things, channels, pace, storm_since, merged_into, owner_role, step,
    acting_from_step, status, channel, kind, waiting_since, last_mention_at, mentions, opened_at, notified_at,
    acknowledged_at, exhausted_at, resolved_at, outcome, eta_text, eta_at, report, generation, sequence
FROM jsonb_populate_recordset(NULL::incidents, $1::jsonb);

-- name: save_incidents
-- Company, topic and the first mention's facts never change.
UPDATE incidents AS i
SET dedup_key = n.dedup_key, collecting = n.collecting, severity = n.severity, urgent = n.urgent, place_name = n.place_name,
    branch_id = n.branch_id, region_owner_id = n.region_owner_id, candidates = n.candidates, things = n.things,
    channels = n.channels, pace = n.pace, storm_since = n.storm_since, merged_into = n.merged_into,
    owner_role = n.owner_role, step = n.step,
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
INSERT INTO work_orders (incident_id, step, adapter, role, recipient, due_at, bundle, ordered_at, status)
SELECT incident_id, step, adapter, role, recipient, due_at, bundle, $8::timestamptz, 'ordered'
FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
    AS n (incident_id, step, adapter, role, recipient, due_at, bundle)
ON CONFLICT DO NOTHING;

-- name: count_recent
SELECT count(*) FROM work_orders
WHERE adapter = $1::text AND recipient = $2::text AND due_at > $3::timestamptz AND due_at <= $4::timestamptz
    AND bundle IS NULL AND status IN ('ordered', 'sent');

-- name: bundled_orders
-- Those whose incident still waits at the step they were written for.
SELECT w.incident_id, w.step, w.role
FROM work_orders AS w JOIN incidents AS i ON i.id = w.incident_id
WHERE w.bundle = $1::text AND w.status = 'ordered' AND i.status <> 'resolved' AND i.step = w.step
ORDER BY w.ordered_at, w.incident_id;

-- name: read_recipient
SELECT recipient, ordered_at FROM work_orders
WHERE incident_id = $1::uuid AND step = $2::integer AND adapter = $3::text AND role = $4::text AND recipient IS NOT NULL;

-- name: open_heard
INSERT INTO heard (way, external_id, heard_at, outcome) VALUES ($1::text, $2::text, $3::timestamptz, 'unfinished')
ON CONFLICT DO NOTHING
RETURNING true;

-- name: read_heard
SELECT outcome FROM heard WHERE way = $1::text AND external_id = $2::text;

-- name: close_heard
UPDATE heard SET incident_id = $3::uuid, step = $4::integer, outcome = $5::text
WHERE way = $1::text AND external_id = $2::text;

-- name: forget_heard
DELETE FROM heard WHERE heard_at < $1::timestamptz;

-- name: count_heard
SELECT count(*) FROM heard WHERE incident_id = $1::uuid AND step = $2::integer;

-- name: read_mailbox
SELECT uid_validity, last_uid FROM mailboxes WHERE mailbox = $1::text;

-- name: move_mailbox
-- Who comes second finds the cursor moved. A mailbox that was made anew begins again.
INSERT INTO mailboxes AS m (mailbox, uid_validity, last_uid, read_at)
VALUES ($1::text, $2::bigint, $3::bigint, $4::timestamptz)
ON CONFLICT (mailbox) DO UPDATE
SET uid_validity = excluded.uid_validity, last_uid = excluded.last_uid, read_at = excluded.read_at
WHERE m.uid_validity <> excluded.uid_validity OR m.last_uid < excluded.last_uid
RETURNING true;

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
INSERT INTO audit (at, incident_id, step, role, action, changed, input, way)
VALUES ($1::timestamptz, $2::uuid, $3::integer, $4::text, $5::text, $6::boolean, $7::text, $8::text);

-- name: has_taken
SELECT EXISTS (
    SELECT 1 FROM audit
    WHERE incident_id = $1::uuid AND step = $2::integer AND role = $3::text AND action = ANY($4::text[]) AND changed
);

-- name: count_unanswered_words
-- Words that changed nothing: whoever was asked to say it otherwise is not asked that again for the same work order.
SELECT count(*) FROM audit
WHERE incident_id = $1::uuid AND step = $2::integer AND action = 'report' AND NOT changed;

-- name: count_open
SELECT
    count(*) AS open,
    count(*) FILTER (WHERE status = 'triggered' AND exhausted_at IS NOT NULL) AS unacknowledged
FROM incidents WHERE status <> 'resolved';

-- name: add_wishes
INSERT INTO wishes (mention_id, thing, company, topic, branch_id, at)
SELECT mention_id, thing, company, topic, branch_id, at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    AS n (mention_id, thing, company, topic, branch_id, at)
ON CONFLICT DO NOTHING;

-- name: wishes
SELECT mention_id, branch_id, topic, at FROM wishes
WHERE company = $1::text AND thing = $2::text AND at > $3::timestamptz ORDER BY at DESC, mention_id LIMIT 1000;

-- name: history
-- What was merged away was not another time.
SELECT id, waiting_since FROM incidents
WHERE company = $1::text AND branch_id = $2::text AND topic = $3::text AND waiting_since > $4::timestamptz
    AND merged_into IS NULL
ORDER BY waiting_since, id LIMIT 1000;

-- name: times_of
SELECT waiting_since FROM incidents WHERE id = ANY($1::uuid[]) ORDER BY waiting_since, id;

-- name: add_insight
INSERT INTO insights (id, company, kind, thing, raised_at, body)
SELECT $1::uuid, n.body->>'company', n.body->>'kind', n.body->>'thing', $2::timestamptz, n.body
FROM (SELECT $3::text::jsonb AS body) AS n
ON CONFLICT DO NOTHING RETURNING true;

-- name: was_raised
SELECT EXISTS (
    SELECT 1 FROM insights
    WHERE company = $1::text AND kind = $2::text AND thing IS NOT DISTINCT FROM $3::text AND raised_at > $4::timestamptz
);

-- name: read_insight
SELECT body FROM insights WHERE id = $1::uuid;

-- name: mark_told
UPDATE insights SET told_at = $2::timestamptz WHERE id = ANY($1::uuid[]) AND told_at IS NULL;

-- name: mentions_of
SELECT mention_id, version, waiting_since, channel, quote FROM mentions
WHERE incident_id = $1::uuid AND ($2::uuid[] IS NULL OR mention_id = ANY($2::uuid[]))
ORDER BY waiting_since, mention_id;

-- name: add_operation
INSERT INTO operations (id, kind, source_id, target_id, by, reason, undoes, mention_ids, before, at)
VALUES (
    $1::uuid, $2::text, $3::uuid, $4::uuid, $5::text, $6::text, $7::uuid, $8::uuid[], $9::jsonb, $10::timestamptz
);

-- name: lock_operation
SELECT * FROM operations WHERE id = $1::uuid FOR UPDATE;

-- name: mark_undone
UPDATE operations SET undone_at = $2::timestamptz WHERE id = $1::uuid;

-- name: add_review
INSERT INTO reviews (incident_id, root_cause, action, by, at)
VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::timestamptz)
ON CONFLICT (incident_id) DO UPDATE
SET root_cause = excluded.root_cause, action = excluded.action, by = excluded.by, at = excluded.at;

-- name: list_incidents
-- owed: a problem that came back was resolved, and nobody has said why it had.
SELECT i.id, i.company, i.place_name, i.topic, i.severity, i.status, i.mentions, i.returned, i.waiting_since,
    i.storm_since, i.urgent
FROM incidents AS i
LEFT JOIN reviews AS r ON r.incident_id = i.id
WHERE CASE $1::text
    WHEN 'open' THEN i.status <> 'resolved'
    WHEN 'owed' THEN i.returned AND i.status = 'resolved' AND i.merged_into IS NULL AND r.incident_id IS NULL
    ELSE true
END
ORDER BY i.status = 'resolved', array_position(ARRAY['critical', 'major', 'minor', 'none'], i.severity),
    i.waiting_since, i.id
LIMIT $2::integer;

-- name: operations_of
SELECT id, kind, source_id, target_id, cardinality(mention_ids) AS mentions, by, reason, at, undoes, undone_at
FROM operations WHERE source_id = $1::uuid OR target_id = $1::uuid ORDER BY at, id;

-- name: orders_of
SELECT step, role, adapter, status, ordered_at, settled_at FROM work_orders
WHERE incident_id = $1::uuid ORDER BY step, adapter;

-- name: review_of
SELECT root_cause, action, by, at FROM reviews WHERE incident_id = $1::uuid;

-- name: report_rows
-- One row per incident, with what is needed to say whether its fix held; what was merged away counts where it went.
SELECT i.id, i.company, i.branch_id, i.process_id, i.place_name, i.topic, i.mentions, i.waiting_since, i.resolved_at,
    i.outcome, i.earlier_incident_id, i.returned, i.scope, r.root_cause, r.action,
    (i.report->>'reported_at')::timestamptz AS reported_at
FROM incidents AS i
LEFT JOIN reviews AS r ON r.incident_id = i.id
WHERE i.waiting_since >= $1::timestamptz AND i.waiting_since < $2::timestamptz AND i.merged_into IS NULL
ORDER BY i.waiting_since, i.id;
