-- What customers said, as the record: one row per mention, in its newest version.
CREATE SCHEMA ingest;

-- After a deletion only the identity stays; author and text are gone.
CREATE TABLE ingest.mentions (
    mention_id uuid PRIMARY KEY,
    channel text NOT NULL,
    external_id text NOT NULL,
    version integer NOT NULL,
    company text,
    account text,
    author text,
    author_key text,
    text text,
    posted_at timestamptz,
    received_at timestamptz NOT NULL,
    waiting_since timestamptz,
    details jsonb NOT NULL DEFAULT '{}',
    deleted_at timestamptz,
    UNIQUE (channel, external_id)
);
CREATE INDEX mentions_author_key ON ingest.mentions (author_key);

-- Every version that ever arrived, so that a repeat is known for one.
CREATE TABLE ingest.receipts (
    mention_id uuid NOT NULL,
    version integer NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (mention_id, version)
);
