-- name: save_assessments
-- The newest version wins, in whatever order they arrive; what was taken back first is not assessed. Returns what is new.
INSERT INTO assessments AS a (
    mention_id, version, sentiment, anger, kind, legitimacy, severity, topics, language, assessor, assessed_at
)
SELECT mention_id, version, sentiment, anger, kind, legitimacy, severity, string_to_array(topics, ','), language,
    assessor, $11::timestamptz
FROM unnest(
    $1::uuid[], $2::integer[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[]
) AS n (mention_id, version, sentiment, anger, kind, legitimacy, severity, topics, language, assessor)
ORDER BY mention_id
ON CONFLICT (mention_id) DO UPDATE
SET version = excluded.version, sentiment = excluded.sentiment, anger = excluded.anger, kind = excluded.kind,
    legitimacy = excluded.legitimacy, severity = excluded.severity, topics = excluded.topics,
    language = excluded.language, assessor = excluded.assessor, assessed_at = excluded.assessed_at
WHERE a.version < excluded.version AND a.deleted_at IS NULL
RETURNING a.mention_id;

-- name: bury_assessments
INSERT INTO assessments AS a (mention_id, version, deleted_at)
SELECT mention_id, 0, deleted_at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (mention_id, deleted_at)
ORDER BY mention_id
ON CONFLICT (mention_id) DO UPDATE SET deleted_at = coalesce(a.deleted_at, excluded.deleted_at);
