-- A mention's id is derived from channel and external id: a second unique key adds nothing, and two processes that
-- insert the same new mention at the same moment could wait for each other, one on each key.
ALTER TABLE ingest.mentions DROP CONSTRAINT mentions_channel_external_id_key;
