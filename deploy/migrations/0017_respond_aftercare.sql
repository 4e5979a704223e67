-- What follows a first answer: plans and purposes of replies, promises, goodwill, conversations that end, ideas.
ALTER TABLE respond.incidents
    -- Which event each part comes from: opened, located, notified, acknowledged, outcome.
    ADD COLUMN sources jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN eta_text text;

ALTER TABLE respond.responses
    -- What it is for where it is none of the three kinds; `number` counts the updates.
    ADD COLUMN purpose text,
    ADD COLUMN number integer NOT NULL DEFAULT 1,
    ADD COLUMN private boolean NOT NULL DEFAULT false,
    ADD COLUMN plan jsonb,
    -- The text says that the customer hears from us again by then.
    ADD COLUMN promised_until timestamptz;

-- What a text that left owes a customer.
CREATE TABLE respond.promises (
    promise_id uuid PRIMARY KEY,
    mention_id uuid NOT NULL,
    response_id uuid NOT NULL,
    promise_kind text NOT NULL,
    due_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    kept_at timestamptz,
    broken_at timestamptz
);
CREATE INDEX promises_open ON respond.promises (mention_id) WHERE kept_at IS NULL AND broken_at IS NULL;

-- What was given, and with which code. A grant is made once per mention.
CREATE TABLE respond.grants (
    mention_id uuid PRIMARY KEY,
    company text NOT NULL,
    author_key text NOT NULL,
    incident_id uuid NOT NULL,
    gift text NOT NULL,
    value numeric NOT NULL,
    currency text NOT NULL,
    code text,
    granted_at timestamptz NOT NULL
);
CREATE INDEX grants_author ON respond.grants (company, author_key, granted_at);
CREATE INDEX grants_incident ON respond.grants (incident_id);
CREATE INDEX grants_code ON respond.grants (company, code) WHERE code IS NOT NULL;

-- Authors with whom we have said all there is to say, and until when something new goes to a person.
CREATE TABLE respond.conversations (
    company text NOT NULL,
    author_key text NOT NULL,
    walked_away_at timestamptz NOT NULL,
    watch_until timestamptz NOT NULL,
    PRIMARY KEY (company, author_key)
);

-- What customers would like: every mention that asks for it.
CREATE TABLE respond.ideas (
    mention_id uuid PRIMARY KEY,
    idea_id uuid NOT NULL,
    company text NOT NULL,
    captured_at timestamptz NOT NULL,
    ended_at timestamptz,
    ending text CHECK (ending IN ('shipped', 'declined')),
    reason text
);
CREATE INDEX ideas_idea ON respond.ideas (idea_id);
