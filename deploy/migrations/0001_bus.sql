-- What every service shares: what came in, what goes out, when to act, and what was done.
-- A service reads and writes its own rows; a producer may also read who has handled its events.
CREATE SCHEMA bus;

CREATE TABLE bus.consumers (
    stream text NOT NULL,
    consumer text NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, consumer)
);

CREATE TABLE bus.inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_handled_at ON bus.inbox USING brin (handled_at);

-- A position is settled only over (xid, position) below the snapshot's xmin: numbers are given before commits.
CREATE TABLE bus.outbox (
    service text NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    position bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL UNIQUE,
    stream text NOT NULL,
    type text NOT NULL,
    subject uuid NOT NULL,
    correlation_id uuid NOT NULL,
    person text,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (service, xid, position)
);
CREATE INDEX outbox_created_at ON bus.outbox USING brin (created_at);

-- How far each service's relay has come, and the last entry it saw Redis take: the evidence of a loss.
CREATE TABLE bus.relays (
    service text PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT '0',
    position bigint NOT NULL DEFAULT 0,
    stream text,
    last_entry_id text,
    epoch text,
    relayed_at timestamptz
);

CREATE TABLE bus.attempts (
    consumer text NOT NULL,
    key text NOT NULL,
    starts integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    last_error text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, key)
);

CREATE TABLE bus.dead_letters (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    consumer text NOT NULL,
    stream text NOT NULL,
    entry_id text NOT NULL,
    event_id uuid,
    type text,
    correlation_id uuid,
    reason text NOT NULL,
    error text NOT NULL,
    attempts integer NOT NULL,
    body bytea NOT NULL,
    dead_at timestamptz NOT NULL DEFAULT now(),
    redriven_at timestamptz,
    UNIQUE (consumer, stream, entry_id)
);

CREATE TABLE bus.timers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    service text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    due_at timestamptz NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    failures integer NOT NULL DEFAULT 0,
    last_error text,
    fired_at timestamptz,
    parked_at timestamptz,
    UNIQUE (service, kind, key)
);
CREATE INDEX timers_due ON bus.timers (service, due_at) WHERE fired_at IS NULL AND parked_at IS NULL;

-- The ledger of effects. `called_at` is set by the fence, just before the call: a lease that ran out
-- before that is safe to take over, one that ran out after it is ambiguous.
CREATE TABLE bus.dispatches (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    service text NOT NULL,
    key text NOT NULL,
    adapter text NOT NULL,
    audience text NOT NULL CHECK (audience IN ('customer', 'staff')),
    subject uuid NOT NULL,
    payload jsonb NOT NULL,
    lane smallint NOT NULL DEFAULT 5,
    due_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'parked', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    token uuid,
    leased_until timestamptz,
    called_at timestamptz,
    external_id text,
    late_results integer NOT NULL DEFAULT 0,
    reason text,
    ordered_at timestamptz NOT NULL,
    settled_at timestamptz,
    UNIQUE (service, key)
);
CREATE INDEX dispatches_open ON bus.dispatches (service, lane, due_at) WHERE status IN ('pending', 'sending');
CREATE INDEX dispatches_subject ON bus.dispatches (service, subject);
