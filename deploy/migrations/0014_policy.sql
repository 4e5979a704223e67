-- What else was seen in a mention when it was decided, so that a back-test sees the same; and decided without words.
ALTER TABLE respond.cases ADD COLUMN noticed jsonb;
ALTER TABLE respond.cases ADD COLUMN silent boolean NOT NULL DEFAULT false;
CREATE INDEX cases_thread ON respond.cases (channel, (mention ->> 'thread')) WHERE mention ->> 'thread' IS NOT NULL;
CREATE INDEX cases_external ON respond.cases (channel, (mention ->> 'external_id'));
CREATE INDEX cases_decided ON respond.cases (decided_at);

-- Where a question is about, as notify found it; may be known before the mention is.
CREATE TABLE respond.located (
    mention_id uuid PRIMARY KEY,
    mention_version integer NOT NULL,
    venue jsonb
);

-- What one person wants to send against a gate, until another agrees.
ALTER TABLE respond.responses ADD COLUMN override jsonb;

-- A person says that an assessment is wrong. Holds nothing of the customer's; what is learnt from it reads here.
CREATE TABLE respond.overrules (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    mention_id uuid NOT NULL,
    mention_version integer NOT NULL,
    company text NOT NULL,
    head text NOT NULL,
    from_value text NOT NULL,
    to_value text NOT NULL,
    actor text NOT NULL,
    assessor text NOT NULL,
    confidence real
);
CREATE INDEX overrules_mention ON respond.overrules (mention_id);

-- kill: nothing leaves. crisis: nothing leaves by itself. '*' stands for every company.
CREATE TABLE respond.controls (
    company text NOT NULL,
    control text NOT NULL CHECK (control IN ('kill', 'crisis')),
    active boolean NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (company, control)
);
