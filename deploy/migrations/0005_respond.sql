-- One customer's matter, from the decision to the closed loop, and everything we said or were about to say.
CREATE SCHEMA respond;

-- A mention that was received and is to be decided; more than a few seconds old and undecided is an alarm.
CREATE TABLE respond.expected (
    mention_id uuid NOT NULL,
    version integer NOT NULL,
    waiting_since timestamptz NOT NULL,
    PRIMARY KEY (mention_id, version)
);

-- After a deletion only the identity and the decision stay.
CREATE TABLE respond.cases (
    mention_id uuid PRIMARY KEY,
    -- 0: taken back or edited before it was decided.
    version integer NOT NULL,
    -- The newest version there is: what was planned for an older one is withdrawn.
    newest_version integer NOT NULL,
    company text,
    channel text,
    account text,
    author_key text,
    kind text,
    mention jsonb,
    assessment jsonb,
    decision text,
    lane smallint,
    waiting_since timestamptz,
    decided_at timestamptz,
    grace_over boolean NOT NULL DEFAULT false,
    first_replied_at timestamptz,
    closed_at timestamptz,
    deleted_at timestamptz,
    sequence bigint NOT NULL DEFAULT 1
);
CREATE INDEX cases_author ON respond.cases (author_key) WHERE author_key IS NOT NULL;

-- What notify said about an incident, in whatever order it came.
CREATE TABLE respond.incidents (
    incident_id uuid PRIMARY KEY,
    branch_name text,
    process_name text,
    notified_at timestamptz,
    told_role text,
    outcome text,
    outcome_at timestamptz,
    action text,
    action_phrase text,
    wait_min integer,
    until_text text
);

-- Which mentions an incident holds; may be known before the mention is.
CREATE TABLE respond.incident_mentions (
    mention_id uuid PRIMARY KEY,
    incident_id uuid NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX incident_mentions_incident ON respond.incident_mentions (incident_id);

-- One of each kind per mention, whatever happens twice.
CREATE TABLE respond.responses (
    response_id uuid PRIMARY KEY,
    mention_id uuid NOT NULL,
    mention_version integer NOT NULL,
    reply_kind text NOT NULL,
    incident_id uuid,
    company text NOT NULL,
    account text NOT NULL,
    status text NOT NULL CHECK (
        status IN ('drafted', 'queued', 'approved', 'sent', 'failed', 'parked', 'rejected', 'cancelled')
    ),
    -- Goes up with every change: the API's ETag, and part of the dispatch's key when it is sent again.
    generation integer NOT NULL DEFAULT 1,
    text text,
    plain_text text,
    playbook text,
    variant text,
    facts jsonb NOT NULL,
    reason text,
    lane smallint NOT NULL,
    waiting_since timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
-- Its id is derived from mention and kind: no second unique key, over which two inserts could wait for each other.
CREATE INDEX responses_mention ON respond.responses (mention_id);
-- What the account said last, for the gate on similar texts.
CREATE INDEX responses_recent ON respond.responses (account, created_at DESC) WHERE plain_text IS NOT NULL;
CREATE INDEX responses_queue ON respond.responses (lane, waiting_since) WHERE status IN ('queued', 'failed', 'parked');

-- What people did about a response. Nothing here is ever changed.
CREATE TABLE respond.audit (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    response_id uuid NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL
);
CREATE INDEX audit_response ON respond.audit (response_id);
