-- name: expect
-- Sorted, so that replicas wait for each other and never deadlock; so is every upsert below.
INSERT INTO expected (mention_id, version, waiting_since)
SELECT mention_id, version, waiting_since
FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[]) AS n (mention_id, version, waiting_since)
ORDER BY mention_id, version
ON CONFLICT DO NOTHING;

-- name: forget_expected
DELETE FROM expected AS e USING cases AS c WHERE c.mention_id = e.mention_id AND c.version >= e.version;

-- name: undecided
-- Asked of the record, not counted: right in whatever order the events came.
SELECT count(*) AS mentions, min(e.waiting_since) AS oldest
FROM expected AS e LEFT JOIN cases AS c ON c.mention_id = e.mention_id
WHERE c.mention_id IS NULL OR (c.version < e.version AND c.deleted_at IS NULL);

-- name: claim_cases
-- What is new, or newer than what was decided before. A deleted mention is decided too, and keeps no words.
INSERT INTO cases AS c
    (mention_id, version, newest_version, company, channel, account, author_key, kind, mention, assessment, decision, lane,
     noticed, silent, waiting_since, decided_at)
SELECT n.mention_id, n.version, n.version, n.company, n.channel, n.account, n.author_key, n.kind, n.mention, n.assessment,
    n.decision, n.lane, n.noticed, n.silent, n.waiting_since, $2::timestamptz
FROM jsonb_populate_recordset(NULL::cases, $1::jsonb) AS n
ORDER BY n.mention_id
ON CONFLICT (mention_id) DO UPDATE
SET version = excluded.version,
    newest_version = greatest(c.newest_version, excluded.newest_version),
    company = excluded.company, channel = excluded.channel, account = excluded.account,
    author_key = excluded.author_key, kind = excluded.kind,
    mention = CASE WHEN c.deleted_at IS NULL THEN excluded.mention END,
    assessment = CASE WHEN c.deleted_at IS NULL THEN excluded.assessment END,
    decision = CASE WHEN c.deleted_at IS NULL THEN excluded.decision ELSE 'monitor' END,
    lane = excluded.lane, noticed = excluded.noticed, silent = excluded.silent, waiting_since = excluded.waiting_since, decided_at = excluded.decided_at,
    grace_over = false, sequence = c.sequence + 1
WHERE c.version < excluded.version
RETURNING mention_id, newest_version, deleted_at, sequence;

-- name: lock_cases
-- Locked first and read after, so that what another replica just committed is seen. Always in this order.
SELECT mention_id FROM cases WHERE mention_id = ANY($1::uuid[]) ORDER BY mention_id FOR UPDATE;

-- name: read_cases
-- What is deleted, superseded or not decided is left out.
SELECT c.mention_id, c.version, c.mention, c.assessment, c.decision, c.lane, c.grace_over, c.sequence,
    c.noticed, c.silent, to_jsonb(i) AS incident,
    CASE WHEN l.mention_version = c.version THEN to_jsonb(l) END AS located,
    ARRAY(
        SELECT r.reply_kind FROM responses AS r
        WHERE r.mention_id = c.mention_id AND r.status <> 'cancelled' AND r.purpose IS NULL
    ) AS replies,
    c.first_replied_at, c.closed_at,
    (
        SELECT count(*) FROM responses AS r
        WHERE r.mention_id = c.mention_id AND r.status NOT IN ('cancelled', 'rejected') AND NOT r.private
    ) AS said,
    (
        SELECT count(*) FROM responses AS r
        WHERE r.mention_id = c.mention_id AND r.status <> 'cancelled' AND r.purpose = 'update'
    ) AS updates,
    EXISTS (
        SELECT FROM responses AS r JOIN cases AS e ON e.mention_id = r.mention_id
        WHERE e.author_key = c.author_key AND e.company = c.company AND r.purpose = 'details' AND r.status <> 'cancelled'
    ) AS asked,
    ARRAY(
        SELECT e.mention ->> 'text' FROM cases AS e
        WHERE e.author_key = c.author_key AND e.company = c.company AND e.mention_id <> c.mention_id
            AND e.mention IS NOT NULL
        ORDER BY e.waiting_since DESC LIMIT 10
    ) AS earlier
FROM cases AS c
LEFT JOIN incident_mentions AS m ON m.mention_id = c.mention_id
LEFT JOIN incidents AS i ON i.incident_id = m.incident_id
LEFT JOIN located AS l ON l.mention_id = c.mention_id
WHERE c.mention_id = ANY($1::uuid[]) AND c.deleted_at IS NULL AND c.version >= c.newest_version AND c.version > 0
ORDER BY c.mention_id;

-- name: lock_incidents
-- Who links a mention and who notes an outcome take turns: neither may miss the other. The keys come sorted.
SELECT pg_advisory_xact_lock(hashtextextended('respond ' || key, 0)) FROM unnest($1::text[]) AS key;

-- name: save_sequences
UPDATE cases AS c SET sequence = n.sequence
FROM unnest($1::uuid[], $2::bigint[]) AS n (mention_id, sequence)
WHERE c.mention_id = n.mention_id;

-- name: end_grace
UPDATE cases AS c SET grace_over = true
FROM unnest($1::uuid[], $2::integer[]) AS n (mention_id, version)
WHERE c.mention_id = n.mention_id AND c.version = n.version
RETURNING c.mention_id;

-- name: tellable
SELECT c.mention_id, c.lane
FROM cases AS c
JOIN incident_mentions AS m ON m.mention_id = c.mention_id
JOIN incidents AS i ON i.incident_id = m.incident_id
WHERE c.mention_id = ANY($1::uuid[]) AND c.version > 0 AND c.deleted_at IS NULL
    AND (i.notified_at IS NOT NULL OR i.outcome IS NOT NULL)
ORDER BY c.mention_id;

-- name: linked
SELECT mention_id FROM incident_mentions WHERE mention_id = ANY($1::uuid[]);

-- name: link_mentions
-- A mention that comes back after a fix belongs to the newer incident.
INSERT INTO incident_mentions AS m (mention_id, incident_id, at)
SELECT mention_id, incident_id, at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS n (mention_id, incident_id, at)
ORDER BY mention_id
ON CONFLICT (mention_id) DO UPDATE SET incident_id = excluded.incident_id, at = excluded.at WHERE m.at < excluded.at;

-- name: note_incidents
-- Each event brings its own part; what is there already stays, so the order does not matter. The first outcome stands.
INSERT INTO incidents AS i
    (incident_id, branch_name, process_name, notified_at, told_role, outcome, outcome_at, action, action_phrase, wait_min,
     until_text, acknowledged_at, eta_text, sources)
SELECT n.incident_id, n.branch_name, n.process_name, n.notified_at, n.told_role, n.outcome, n.outcome_at, n.action,
    n.action_phrase, n.wait_min, n.until_text, n.acknowledged_at, n.eta_text, coalesce(n.sources, '{}')
FROM jsonb_populate_recordset(NULL::incidents, $1::jsonb) AS n
ORDER BY n.incident_id
ON CONFLICT (incident_id) DO UPDATE
SET branch_name = coalesce(excluded.branch_name, i.branch_name),
    process_name = coalesce(excluded.process_name, i.process_name),
    told_role = CASE
        WHEN excluded.notified_at > coalesce(i.notified_at, '-infinity') THEN excluded.told_role ELSE i.told_role
    END,
    notified_at = greatest(excluded.notified_at, i.notified_at),
    outcome = coalesce(i.outcome, excluded.outcome),
    action = CASE WHEN i.outcome IS NULL THEN excluded.action ELSE i.action END,
    action_phrase = CASE WHEN i.outcome IS NULL THEN excluded.action_phrase ELSE i.action_phrase END,
    wait_min = CASE WHEN i.outcome IS NULL THEN excluded.wait_min ELSE i.wait_min END,
    until_text = CASE WHEN i.outcome IS NULL THEN excluded.until_text ELSE i.until_text END,
    eta_text = CASE
        WHEN excluded.acknowledged_at > coalesce(i.acknowledged_at, '-infinity') THEN excluded.eta_text ELSE i.eta_text
    END,
    acknowledged_at = greatest(excluded.acknowledged_at, i.acknowledged_at),
    -- Of two events that say the same part the one whose part stands is named.
    sources = CASE
        WHEN greatest(excluded.notified_at, excluded.acknowledged_at)
            > coalesce(CASE WHEN excluded.notified_at IS NULL THEN i.acknowledged_at ELSE i.notified_at END, '-infinity')
        THEN i.sources || excluded.sources ELSE excluded.sources || i.sources
    END,
    outcome_at = coalesce(i.outcome_at, excluded.outcome_at);

-- name: note_topics
UPDATE incidents AS i SET topic = n.topic FROM unnest($1::uuid[], $2::text[]) AS n (incident_id, topic)
WHERE i.incident_id = n.incident_id;

-- name: note_storms
INSERT INTO incidents AS i (incident_id, storm)
SELECT incident_id, true FROM unnest($1::uuid[]) AS n (incident_id) ORDER BY incident_id
ON CONFLICT (incident_id) DO UPDATE SET storm = true;

-- name: mentions_of
SELECT mention_id FROM incident_mentions WHERE incident_id = ANY($1::uuid[]) ORDER BY mention_id;

-- name: add_responses
-- A known kind is made again only where the earlier one was withdrawn before it left.
INSERT INTO responses AS r
    (response_id, mention_id, mention_version, reply_kind, incident_id, company, account, status, text, plain_text,
     playbook, variant, facts, reason, lane, waiting_since, created_at, changed_at, purpose, number, private, plan,
     promised_until)
SELECT n.response_id, n.mention_id, n.mention_version, n.reply_kind, n.incident_id, n.company, n.account, n.status, n.text,
    n.plain_text, n.playbook, n.variant, n.facts, n.reason, n.lane, n.waiting_since, $2::timestamptz, $2::timestamptz,
    n.purpose, n.number, n.private, n.plan, n.promised_until
FROM jsonb_populate_recordset(NULL::responses, $1::jsonb) AS n
ORDER BY n.response_id
ON CONFLICT (response_id) DO UPDATE
SET mention_version = excluded.mention_version, incident_id = excluded.incident_id, status = excluded.status,
    text = excluded.text, plain_text = excluded.plain_text, playbook = excluded.playbook, variant = excluded.variant,
    facts = excluded.facts, reason = excluded.reason, lane = excluded.lane, changed_at = excluded.changed_at,
    created_at = excluded.created_at, plan = excluded.plan, private = excluded.private,
    promised_until = excluded.promised_until, override = NULL, generation = r.generation + 1
WHERE r.status = 'cancelled'
RETURNING response_id, generation;

-- name: recent_texts
-- Per account, newest first: what was said or is about to be.
SELECT account, plain_text FROM unnest($1::text[]) AS wanted (name)
CROSS JOIN LATERAL (
    SELECT r.account, r.plain_text FROM responses AS r
    WHERE r.account = wanted.name AND r.plain_text IS NOT NULL AND r.status IN ('drafted', 'approved', 'sent')
    ORDER BY r.created_at DESC LIMIT $2::integer
) AS latest;

-- name: set_newest
-- Of an edited mention we know that there is a newer version, before that one is assessed.
INSERT INTO cases AS c (mention_id, version, newest_version)
SELECT mention_id, 0, version FROM unnest($1::uuid[], $2::integer[]) AS n (mention_id, version)
ORDER BY mention_id
ON CONFLICT (mention_id) DO UPDATE SET newest_version = greatest(c.newest_version, excluded.newest_version)
WHERE c.newest_version < excluded.newest_version
RETURNING mention_id;

-- name: delete_cases
-- A tombstone holds even when it comes before the mention.
INSERT INTO cases AS c (mention_id, version, newest_version, deleted_at)
SELECT mention_id, 0, 0, deleted_at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (mention_id, deleted_at)
ORDER BY mention_id
ON CONFLICT (mention_id) DO UPDATE
SET mention = NULL, assessment = NULL, deleted_at = coalesce(c.deleted_at, excluded.deleted_at);

-- name: planned
-- What was going to be answered, and has no text yet. Asked before the words are forgotten.
SELECT c.mention_id, c.version, c.company, c.channel, c.sequence, m.incident_id
FROM cases AS c LEFT JOIN incident_mentions AS m ON m.mention_id = c.mention_id
WHERE c.mention_id = ANY($1::uuid[]) AND c.deleted_at IS NULL AND c.version > 0
    AND c.decision IN ('respond', 'acknowledge') AND NOT c.silent
    AND NOT EXISTS (SELECT 1 FROM responses AS r WHERE r.mention_id = c.mention_id)
ORDER BY c.mention_id;

-- name: withdraw
-- What has not left is withdrawn; with $3 only what was made for an older version. Locked in order first.
WITH open AS (
    SELECT r.response_id FROM responses AS r
    JOIN cases AS c ON c.mention_id = r.mention_id
    WHERE r.mention_id = ANY($1::uuid[]) AND r.status IN ('drafted', 'approved', 'queued', 'failed', 'parked')
        AND (NOT $3::boolean OR r.mention_version < c.newest_version)
    ORDER BY r.response_id FOR UPDATE OF r
)
UPDATE responses AS r
SET status = 'cancelled', text = NULL, plain_text = NULL, override = NULL, generation = r.generation + 1, changed_at = $2::timestamptz
FROM open WHERE r.response_id = open.response_id
RETURNING r.response_id, r.mention_id, r.mention_version, r.reply_kind, r.incident_id, r.company, r.purpose, r.private,
    (SELECT c.channel FROM cases AS c WHERE c.mention_id = r.mention_id) AS channel,
    (SELECT c.sequence FROM cases AS c WHERE c.mention_id = r.mention_id) AS sequence;

-- name: read_response
SELECT r.*, c.channel, c.mention, c.deleted_at, c.sequence
FROM responses AS r JOIN cases AS c ON c.mention_id = r.mention_id WHERE r.response_id = $1::uuid;

-- name: lock_response
SELECT r.*, c.channel, c.mention, c.deleted_at, c.sequence
FROM responses AS r JOIN cases AS c ON c.mention_id = r.mention_id WHERE r.response_id = $1::uuid FOR UPDATE OF c, r;

-- name: queue
SELECT r.*, c.channel, c.mention, c.deleted_at, c.sequence
FROM responses AS r JOIN cases AS c ON c.mention_id = r.mention_id
WHERE r.status IN ('queued', 'failed', 'parked') ORDER BY r.lane, r.waiting_since, r.response_id LIMIT $1::integer;

-- name: change_response
-- Words of a person's own hold no promise of ours.
UPDATE responses
SET promised_until = CASE WHEN text IS NOT DISTINCT FROM $3::text THEN promised_until END, status = $2::text,
    text = $3::text, plain_text = $4::text, reason = $5::text, override = NULL, generation = generation + 1,
    changed_at = $6::timestamptz
WHERE response_id = $1::uuid
RETURNING generation;

-- name: lock_settled
SELECT r.response_id, r.mention_id, r.mention_version, r.reply_kind, r.incident_id, r.company, r.text, r.generation,
    r.status, r.waiting_since, r.purpose, r.private, r.number, r.promised_until, c.channel, c.kind, c.lane,
    c.first_replied_at, c.closed_at, c.sequence, i.outcome
FROM responses AS r
JOIN cases AS c ON c.mention_id = r.mention_id
LEFT JOIN incidents AS i ON i.incident_id = r.incident_id
WHERE r.response_id = ANY($1::uuid[])
ORDER BY r.mention_id
FOR UPDATE OF c, r;

-- name: settle_responses
UPDATE responses AS r
SET status = n.status, reason = n.reason, generation = r.generation + 1, changed_at = n.at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS n (response_id, status, reason, at)
WHERE r.response_id = n.response_id;

-- name: settle_cases
-- Two replies to one mention may end together.
UPDATE cases AS c
SET first_replied_at = coalesce(c.first_replied_at, n.replied_at), closed_at = coalesce(c.closed_at, n.closed_at)
FROM (
    SELECT mention_id, min(replied_at) AS replied_at, min(closed_at) AS closed_at
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS e (mention_id, replied_at, closed_at)
    GROUP BY mention_id
) AS n
WHERE c.mention_id = n.mention_id;

-- name: add_audit
INSERT INTO audit (at, response_id, actor, action, before, after)
VALUES ($1::timestamptz, $2::uuid, $3::text, $4::text, $5::jsonb, $6::jsonb);

-- name: count_queue
SELECT status, count(*) AS responses, min(waiting_since) AS oldest FROM responses
WHERE status IN ('queued', 'failed', 'parked') GROUP BY status;

-- name: make_promises
INSERT INTO promises (promise_id, mention_id, response_id, promise_kind, due_at, made_at)
SELECT promise_id, mention_id, response_id, promise_kind, due_at, $6::timestamptz
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
    AS n (promise_id, mention_id, response_id, promise_kind, due_at)
ORDER BY promise_id
ON CONFLICT (promise_id) DO NOTHING;

-- name: keep_promises
-- The customer has heard from us: what was owed until now is paid, except what it itself promises.
UPDATE promises AS p SET kept_at = n.at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS n (mention_id, response_id, at)
WHERE p.mention_id = n.mention_id AND p.response_id <> n.response_id AND p.kept_at IS NULL AND p.broken_at IS NULL
    AND p.due_at >= n.at
RETURNING p.promise_id, p.mention_id, p.promise_kind, p.due_at;

-- name: break_promises
UPDATE promises AS p SET broken_at = $2::timestamptz
WHERE p.promise_id = ANY($1::uuid[]) AND p.kept_at IS NULL AND p.broken_at IS NULL
RETURNING p.promise_id, p.mention_id, p.promise_kind, p.due_at;

-- name: lock_grants
-- Who grants for one company takes turns: caps and codes are counted under it.
SELECT pg_advisory_xact_lock(hashtextextended('respond goodwill ' || company, 0)) FROM unnest($1::text[]) AS company;

-- name: grant_counts
SELECT
    (SELECT count(*) FROM grants AS g WHERE g.incident_id = $3::uuid) AS in_incident,
    (SELECT count(*) FROM incident_mentions AS m WHERE m.incident_id = $3::uuid) AS mentions,
    (
        SELECT count(*) FROM grants AS g
        WHERE g.company = $1::text AND g.author_key = $2::text AND g.granted_at > $4::timestamptz
    ) AS to_author,
    (SELECT coalesce(sum(g.value), 0)::float8 FROM grants AS g WHERE g.company = $1::text AND g.granted_at > $5::timestamptz)
        AS spent;

-- name: used_codes
SELECT code FROM grants WHERE company = $1::text AND code IS NOT NULL;

-- name: add_grant
INSERT INTO grants (mention_id, company, author_key, incident_id, gift, value, currency, code, granted_at)
VALUES ($1::uuid, $2::text, $3::text, $4::uuid, $5::text, $6::float8, $7::text, $8::text, $9::timestamptz)
ON CONFLICT (mention_id) DO NOTHING
RETURNING mention_id;

-- name: read_grants
SELECT mention_id, incident_id, gift, value::float8 AS value, currency FROM grants WHERE mention_id = ANY($1::uuid[]);

-- name: histories
-- Per author: what they wrote to the company before and we answered, and whether we have walked away.
SELECT n.company, n.author_key, v.watch_until,
    ARRAY(
        SELECT jsonb_build_object('mention_id', e.mention_id, 'text', e.mention ->> 'text',
            'topics', e.assessment -> 'topics', 'at', e.waiting_since, 'answered', e.first_replied_at IS NOT NULL)
        FROM cases AS e
        WHERE e.author_key = n.author_key AND e.company = n.company AND e.mention IS NOT NULL
            AND e.waiting_since > $3::timestamptz
        ORDER BY e.waiting_since
    ) AS earlier
FROM unnest($1::text[], $2::text[]) AS n (company, author_key)
LEFT JOIN conversations AS v ON v.company = n.company AND v.author_key = n.author_key
WHERE v.watch_until IS NOT NULL
    OR EXISTS (SELECT FROM cases AS e WHERE e.author_key = n.author_key AND e.company = n.company AND e.first_replied_at IS NOT NULL);

-- name: walk_away
-- Who walks away first says the closing line; a watch that is over begins anew.
INSERT INTO conversations AS v (company, author_key, walked_away_at, watch_until)
VALUES ($1::text, $2::text, $3::timestamptz, $4::timestamptz)
ON CONFLICT (company, author_key) DO UPDATE
SET walked_away_at = excluded.walked_away_at, watch_until = excluded.watch_until
WHERE v.watch_until <= excluded.walked_away_at
RETURNING author_key;

-- name: end_watch
DELETE FROM conversations WHERE company = $1::text AND author_key = $2::text;

-- name: open_ideas
SELECT DISTINCT ON (d.idea_id) d.idea_id, c.mention ->> 'text' AS text
FROM ideas AS d JOIN cases AS c ON c.mention_id = d.mention_id
WHERE d.company = $1::text AND d.ended_at IS NULL AND c.mention IS NOT NULL
ORDER BY d.idea_id, d.captured_at;

-- name: add_idea
INSERT INTO ideas (mention_id, idea_id, company, captured_at) VALUES ($1::uuid, $2::uuid, $3::text, $4::timestamptz)
ON CONFLICT (mention_id) DO NOTHING
RETURNING mention_id;

-- name: end_idea
UPDATE ideas SET ended_at = $2::timestamptz, ending = $3::text, reason = $4::text
WHERE idea_id = $1::uuid AND ended_at IS NULL
RETURNING mention_id;

-- name: list_ideas
SELECT d.idea_id, d.company, count(*) AS requesters, min(d.captured_at) AS captured_at, min(d.ending) AS ending,
    (array_agg(c.mention ->> 'text' ORDER BY d.captured_at) FILTER (WHERE c.mention IS NOT NULL))[1] AS text
FROM ideas AS d JOIN cases AS c ON c.mention_id = d.mention_id
GROUP BY d.idea_id, d.company ORDER BY count(*) DESC, min(d.captured_at), d.idea_id LIMIT $1::integer;

-- name: author_history
-- What these authors wrote to us lately, and whether we answered: never what we took them for.
SELECT company, author_key, count(*) AS mentions, coalesce(bool_or(first_replied_at IS NOT NULL), false) AS answered
FROM cases
WHERE author_key = ANY($1::text[]) AND decided_at >= $2::timestamptz AND mention_id <> ALL($3::uuid[])
GROUP BY company, author_key;

-- name: thread_openers
-- Who began each thread with a complaint or a question: a thread is named by itself or by its first mention.
SELECT DISTINCT ON (t.channel, t.thread) t.channel, t.thread, c.author_key
FROM unnest($1::text[], $2::text[]) AS t (channel, thread)
JOIN cases AS c
    ON c.channel = t.channel AND (c.mention ->> 'thread' = t.thread OR c.mention ->> 'external_id' = t.thread)
WHERE c.kind IN ('complaint', 'question')
ORDER BY t.channel, t.thread, c.waiting_since, c.mention_id;

-- name: note_located
INSERT INTO located AS l (mention_id, mention_version, venue)
SELECT n.mention_id, n.mention_version, n.venue FROM jsonb_populate_recordset(NULL::located, $1::jsonb) AS n
ORDER BY n.mention_id
ON CONFLICT (mention_id) DO UPDATE SET mention_version = excluded.mention_version, venue = excluded.venue
WHERE l.mention_version < excluded.mention_version;

-- name: lanes
SELECT mention_id, lane FROM cases
WHERE mention_id = ANY($1::uuid[]) AND version > 0 AND deleted_at IS NULL ORDER BY mention_id;

-- name: active_controls
SELECT company, control FROM controls WHERE active ORDER BY control DESC, company;

-- name: list_controls
SELECT company, control, active, actor, reason, changed_at FROM controls ORDER BY company, control;

-- name: set_control
INSERT INTO controls AS c (company, control, active, actor, reason, changed_at)
VALUES ($1::text, $2::text, $3::boolean, $4::text, $5::text, $6::timestamptz)
ON CONFLICT (company, control) DO UPDATE
SET active = excluded.active, actor = excluded.actor, reason = excluded.reason, changed_at = excluded.changed_at;

-- name: edit_response
-- What somebody wanted to send against a gate was about the older words.
UPDATE responses SET text = $2::text, override = $3::jsonb, generation = generation + 1, changed_at = $4::timestamptz
WHERE response_id = $1::uuid RETURNING generation;

-- name: raise_lane
UPDATE responses SET lane = greatest(lane - 1, 1) WHERE response_id = $1::uuid;

-- name: list_cases
-- Every decision can be looked at, those without an answer too.
SELECT mention_id, version, company, channel, decision, kind, lane, mention, assessment, noticed, decided_at
FROM cases
WHERE version > 0 AND deleted_at IS NULL AND ($1::text IS NULL OR decision = $1::text)
ORDER BY decided_at DESC, mention_id LIMIT $2::integer;

-- name: read_case
SELECT mention_id, version, company, channel, decision, kind, lane, mention, assessment, noticed, decided_at
FROM cases WHERE mention_id = $1::uuid AND version > 0 AND deleted_at IS NULL;

-- name: reassess_case
UPDATE cases
SET assessment = $2::jsonb, kind = $3::text, decision = $4::text, lane = $5::smallint, silent = $6::boolean,
    grace_over = true
WHERE mention_id = $1::uuid;

-- name: add_overrule
INSERT INTO overrules
    (at, mention_id, mention_version, company, head, from_value, to_value, actor, assessor, confidence)
VALUES ($1::timestamptz, $2::uuid, $3::integer, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::real);

-- name: overrides_by_week
-- Per week and assessor: what it called hater, how often that was overruled, and every correction. The first correction
-- of a mention says what the assessor had said; what was not corrected stands as it was assessed.
WITH corrected AS (
    SELECT DISTINCT ON (mention_id) mention_id, assessor FROM overrules ORDER BY mention_id, position
), hater AS (
    SELECT DISTINCT ON (mention_id) mention_id, from_value, to_value FROM overrules
    WHERE head = 'legitimacy' ORDER BY mention_id, position
), last AS (
    SELECT DISTINCT ON (mention_id) mention_id, to_value FROM overrules
    WHERE head = 'legitimacy' ORDER BY mention_id, position DESC
)
SELECT date_trunc('week', c.decided_at AT TIME ZONE 'UTC')::date AS week,
    coalesce(k.assessor, c.assessment ->> 'assessor') AS assessor,
    count(*) AS assessed,
    count(*) FILTER (WHERE coalesce(h.from_value, c.assessment ->> 'legitimacy') = 'hater') AS haters,
    count(*) FILTER (WHERE h.from_value = 'hater' AND l.to_value NOT IN ('hater', 'spam')) AS wrong_haters,
    count(*) FILTER (WHERE l.to_value = 'hater' AND h.from_value <> 'hater') AS missed_haters,
    count(k.mention_id) AS overruled
FROM cases AS c
LEFT JOIN corrected AS k ON k.mention_id = c.mention_id
LEFT JOIN hater AS h ON h.mention_id = c.mention_id
LEFT JOIN last AS l ON l.mention_id = c.mention_id
WHERE c.version > 0 AND c.assessment IS NOT NULL AND c.decided_at >= $1::timestamptz
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: read_only
SET TRANSACTION READ ONLY;

-- name: decided_since
-- What a back-test looks at: decisions with what they saw, and what was said. Deleted mentions are gone.
SELECT c.mention_id, c.version, c.company, c.channel, c.decision, c.silent, c.mention, c.assessment, c.noticed,
    coalesce(
        (
            SELECT jsonb_agg(
                jsonb_build_object(
                    'reply_kind', r.reply_kind, 'status', r.status, 'text', r.text, 'playbook', r.playbook,
                    'facts', r.facts, 'reason', r.reason
                ) ORDER BY r.created_at, r.response_id
            )
            FROM responses AS r WHERE r.mention_id = c.mention_id AND r.status <> 'cancelled'
        ), '[]'
    ) AS responses
FROM cases AS c
WHERE c.version > 0 AND c.deleted_at IS NULL AND c.decided_at >= $1::timestamptz
ORDER BY c.decided_at DESC, c.mention_id LIMIT $2::integer;

-- name: is_said
SELECT EXISTS (
    SELECT 1 FROM responses WHERE mention_id = $1::uuid AND status IN ('drafted', 'approved', 'sent')
) AS said;
