-- Answers come by mail and by webhook as well as by the page, and say by which way.
ALTER TABLE notify.audit ADD COLUMN way text NOT NULL DEFAULT 'page';

-- Whom it went to: an answer by mail must come from there. Older rows do not know, and take no answer by mail.
ALTER TABLE notify.work_orders ADD COLUMN recipient text;
ALTER TABLE notify.work_orders ADD COLUMN due_at timestamptz;
-- Work orders that wait to leave together, in one message to one person.
ALTER TABLE notify.work_orders ADD COLUMN bundle text;
CREATE INDEX work_orders_recipient ON notify.work_orders (adapter, recipient, ordered_at) WHERE recipient IS NOT NULL;
CREATE INDEX work_orders_bundle ON notify.work_orders (bundle) WHERE bundle IS NOT NULL;

-- Every answer that came by mail or webhook, by its sender's own id: a repeat is recognised. Never what it said.
CREATE TABLE notify.heard (
    way text NOT NULL,
    external_id text NOT NULL,
    heard_at timestamptz NOT NULL,
    incident_id uuid,
    step integer,
    outcome text NOT NULL,
    PRIMARY KEY (way, external_id)
);
CREATE INDEX heard_incident ON notify.heard (incident_id);

-- How far each mailbox has been read; moved in the transaction that carries out what the message says.
CREATE TABLE notify.mailboxes (
    mailbox text PRIMARY KEY,
    uid_validity bigint NOT NULL,
    last_uid bigint NOT NULL,
    read_at timestamptz NOT NULL
);
