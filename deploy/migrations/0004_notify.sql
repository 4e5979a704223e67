-- One problem at one place, from the first mention to the fix, and who was asked.
CREATE SCHEMA notify;

CREATE TABLE notify.incidents (
    id uuid PRIMARY KEY,
    company text NOT NULL,
    dedup_key text NOT NULL,
    -- Whether further mentions of the same key join. A stale, relocated or resolved incident takes no more.
    collecting boolean NOT NULL,
    topic text NOT NULL,
    severity text NOT NULL,
    place_name text NOT NULL,
    branch_id text,
    process_id text,
    region_owner_id text,
    candidates text[] NOT NULL,
    returned boolean NOT NULL,
    owner_role text NOT NULL,
    step integer NOT NULL,
    -- Links of earlier steps may look, not act: their owner said that the problem is not theirs.
    acting_from_step integer NOT NULL,
    status text NOT NULL CHECK (status IN ('triggered', 'acknowledged', 'resolved')),
    -- Labels and start of the waiting times: those of the first mention.
    channel text NOT NULL,
    kind text NOT NULL,
    waiting_since timestamptz NOT NULL,
    last_mention_at timestamptz NOT NULL,
    mentions integer NOT NULL,
    opened_at timestamptz NOT NULL,
    notified_at timestamptz,
    acknowledged_at timestamptz,
    exhausted_at timestamptz,
    resolved_at timestamptz,
    outcome text,
    eta_text text,
    eta_at timestamptz,
    report jsonb,
    -- Goes up with every change an owner makes: a form that was filled in before is out of date.
    generation integer NOT NULL,
    sequence bigint NOT NULL
);
CREATE UNIQUE INDEX incidents_collecting ON notify.incidents (dedup_key) WHERE collecting;
CREATE INDEX incidents_open ON notify.incidents (company) WHERE status <> 'resolved';
CREATE INDEX incidents_fixed ON notify.incidents (dedup_key, resolved_at) WHERE outcome = 'fixed';

-- A mention belongs to one incident at most. After a deletion only the identity stays.
CREATE TABLE notify.mentions (
    mention_id uuid PRIMARY KEY,
    version integer NOT NULL,
    quote_version integer NOT NULL,
    incident_id uuid REFERENCES notify.incidents (id),
    channel text,
    kind text,
    author_key text,
    quote text,
    posted_at timestamptz,
    waiting_since timestamptz,
    deleted_at timestamptz
);
CREATE INDEX mentions_incident ON notify.mentions (incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX mentions_author_key ON notify.mentions (author_key);

-- Who was asked, how, and whether it got there.
CREATE TABLE notify.work_orders (
    incident_id uuid NOT NULL REFERENCES notify.incidents (id),
    step integer NOT NULL,
    adapter text NOT NULL,
    role text NOT NULL,
    ordered_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('ordered', 'sent', 'failed', 'parked', 'cancelled')),
    settled_at timestamptz,
    PRIMARY KEY (incident_id, step, adapter)
);

-- What was tapped or typed behind a work order's link, and whether it changed anything. Nothing here is ever changed.
CREATE TABLE notify.audit (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    incident_id uuid NOT NULL,
    step integer NOT NULL,
    role text NOT NULL,
    action text NOT NULL,
    changed boolean NOT NULL,
    input text
);
CREATE INDEX audit_incident ON notify.audit (incident_id);
