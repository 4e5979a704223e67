-- Several incidents may collect at one place, told apart by what they are about; how they grow; how they are regrouped.
-- The older version keeps reading and writing: every new column has a default.
ALTER TABLE notify.incidents
    -- The place without the topic: problems of one scope may turn out to be one.
    ADD COLUMN scope text GENERATED ALWAYS AS (regexp_replace(dedup_key, '[|][^|]*$', '')) STORED,
    ADD COLUMN earlier_incident_id uuid,
    ADD COLUMN urgent boolean NOT NULL DEFAULT false,
    ADD COLUMN things text[] NOT NULL DEFAULT '{}',
    ADD COLUMN channels text[] NOT NULL DEFAULT '{}',
    -- Mentions by minute, of the last ten minutes only.
    ADD COLUMN pace jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN storm_since timestamptz,
    ADD COLUMN merged_into uuid REFERENCES notify.incidents (id);

DROP INDEX notify.incidents_collecting;
CREATE INDEX incidents_collecting ON notify.incidents (scope) WHERE collecting;
DROP INDEX notify.incidents_fixed;
CREATE INDEX incidents_fixed ON notify.incidents (scope, resolved_at) WHERE outcome = 'fixed';
CREATE INDEX incidents_history ON notify.incidents (company, waiting_since);

-- The latest words of an incident, however many mentions it has.
DROP INDEX notify.mentions_incident;
CREATE INDEX mentions_incident ON notify.mentions (incident_id, waiting_since DESC) WHERE incident_id IS NOT NULL;

-- What many ask for: one row per mention and thing. No words and no author.
CREATE TABLE notify.wishes (
    mention_id uuid NOT NULL,
    thing text NOT NULL,
    company text NOT NULL,
    topic text NOT NULL,
    branch_id text,
    at timestamptz NOT NULL,
    PRIMARY KEY (mention_id, thing)
);
CREATE INDEX wishes_thing ON notify.wishes (company, thing, at);

-- What was raised, so that it is raised once. A pattern's row is per occasion. `body` is the event's data.
CREATE TABLE notify.insights (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    kind text NOT NULL,
    thing text,
    raised_at timestamptz NOT NULL,
    told_at timestamptz,
    body jsonb NOT NULL
);
CREATE INDEX insights_kind ON notify.insights (company, kind, raised_at);

-- Merges and splits, each with what it takes to undo it. A row is written once; only undone_at is set later.
CREATE TABLE notify.operations (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('merge', 'split')),
    source_id uuid NOT NULL REFERENCES notify.incidents (id),
    target_id uuid NOT NULL REFERENCES notify.incidents (id),
    mention_ids uuid[] NOT NULL,
    -- The source as it was.
    before jsonb NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    undoes uuid REFERENCES notify.operations (id),
    undone_at timestamptz
);
CREATE INDEX operations_incidents ON notify.operations (source_id, target_id);

-- Why a problem came back and what keeps it away: owed for every incident that returned.
CREATE TABLE notify.reviews (
    incident_id uuid PRIMARY KEY REFERENCES notify.incidents (id),
    root_cause text NOT NULL,
    action text NOT NULL,
    by text NOT NULL,
    at timestamptz NOT NULL
);

-- So many write about it that customers are told how it ends, and nothing before.
ALTER TABLE respond.incidents
    ADD COLUMN storm boolean NOT NULL DEFAULT false,
    -- For customers whose own words do not say what it is about.
    ADD COLUMN topic text;
