-- What each mention is, for its newest version. No text and no author is kept here.
CREATE SCHEMA classify;

CREATE TABLE classify.assessments (
    mention_id uuid PRIMARY KEY,
    version integer NOT NULL,
    sentiment text,
    anger smallint,
    kind text,
    legitimacy text,
    severity text,
    topics text[] NOT NULL DEFAULT '{}',
    language text,
    assessor text,
    assessed_at timestamptz,
    deleted_at timestamptz
);
