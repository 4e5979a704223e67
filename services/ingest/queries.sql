-- name: add_receipts
-- A version that is here already is a repeat. Sorted, so that two processes with the same batch wait, never deadlock.
INSERT INTO receipts (mention_id, version, received_at)
SELECT mention_id, version, $3::timestamptz
FROM unnest($1::uuid[], $2::integer[]) AS n (mention_id, version)
ORDER BY mention_id, version
ON CONFLICT DO NOTHING
RETURNING mention_id, version;

-- name: claim_mentions
-- A row for each mention, made whole or found, and locked, in the order of their ids.
INSERT INTO mentions AS m (
    mention_id, version, company, account, author, author_key, text, posted_at, received_at, waiting_since, details,
    channel, external_id
)
SELECT * FROM unnest(
    $1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
    $9::timestamptz[], $10::timestamptz[], $11::jsonb[], $12::text[], $13::text[]
) AS n (
    mention_id, version, company, account, author, author_key, text, posted_at, received_at, waiting_since, details,
    channel, external_id
)
ORDER BY n.mention_id
ON CONFLICT (mention_id) DO UPDATE SET mention_id = excluded.mention_id
RETURNING m.mention_id, m.version, m.deleted_at, m.author_key, m.xmax = 0 AS made;

-- name: save_mentions
-- Newer versions of what was there.
UPDATE mentions AS m
SET version = n.version, company = n.company, account = n.account, author = n.author, author_key = n.author_key,
    text = n.text, posted_at = n.posted_at, received_at = n.received_at, waiting_since = n.waiting_since,
    details = n.details
FROM unnest(
    $1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
    $9::timestamptz[], $10::timestamptz[], $11::jsonb[]
) AS n (
    mention_id, version, company, account, author, author_key, text, posted_at, received_at, waiting_since, details
)
WHERE m.mention_id = n.mention_id;

-- name: bury_mentions
UPDATE mentions AS m
SET deleted_at = n.deleted_at, author = NULL, text = NULL, details = '{}'
FROM unnest($1::uuid[], $2::timestamptz[]) AS n (mention_id, deleted_at)
WHERE m.mention_id = n.mention_id AND m.deleted_at IS NULL;
