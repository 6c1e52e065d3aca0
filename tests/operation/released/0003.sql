BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE context_attribute_end (
	"key" INTEGER NOT NULL, 
	moment BIGINT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "context_attribute_end" VALUES(1,1);
INSERT INTO "context_attribute_end" VALUES(2,2);
INSERT INTO "context_attribute_end" VALUES(3,3);
CREATE VIRTUAL TABLE context_box USING rtree(key, west, east, south, north);
INSERT INTO "context_box" VALUES(1,1.15799987792968749999e+02,116.0,2.85999965667724609375e+01,2.88000030517578125e+01);
CREATE TABLE context_declared (
	space INTEGER NOT NULL, 
	name INTEGER NOT NULL, 
	leaving BIGINT, 
	PRIMARY KEY (space, name)
);
INSERT INTO "context_declared" VALUES(1,1,1);
INSERT INTO "context_declared" VALUES(2,2,2);
INSERT INTO "context_declared" VALUES(3,3,3);
CREATE TABLE context_document (
	number INTEGER NOT NULL, 
	tenant TEXT NOT NULL, 
	address TEXT NOT NULL, 
	local TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	document TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	used BIGINT, 
	hits INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (tenant, address), 
	UNIQUE (tenant, local)
);
INSERT INTO "context_document" VALUES(1,'p1','address-1','local-1','kind-1','document-1',1,1,1);
INSERT INTO "context_document" VALUES(2,'p2','address-2','local-2','kind-2','document-2',2,2,2);
INSERT INTO "context_document" VALUES(3,'p3','address-3','local-3','kind-3','document-3',3,3,3);
CREATE TABLE context_edition (
	room TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	PRIMARY KEY (room)
);
INSERT INTO "context_edition" VALUES('room-1',1);
INSERT INTO "context_edition" VALUES('room-2',2);
INSERT INTO "context_edition" VALUES('room-3',3);
CREATE TABLE context_entity (
	"key" INTEGER NOT NULL, 
	space INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	modified BIGINT NOT NULL, 
	times TEXT, 
	expires BIGINT, 
	PRIMARY KEY ("key")
);
INSERT INTO "context_entity" VALUES(1,1,'id-1','body-1',1,1,'times-1',1);
INSERT INTO "context_entity" VALUES(2,2,'id-2','body-2',2,2,'times-2',2);
INSERT INTO "context_entity" VALUES(3,3,'id-3','body-3',3,3,'times-3',3);
CREATE TABLE context_entity_map (
	space INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	expires BIGINT NOT NULL, 
	sources TEXT NOT NULL, 
	linked TEXT NOT NULL, 
	PRIMARY KEY (space, id)
);
INSERT INTO "context_entity_map" VALUES(1,'id-1',1,'sources-1','linked-1');
INSERT INTO "context_entity_map" VALUES(2,'id-2',2,'sources-2','linked-2');
INSERT INTO "context_entity_map" VALUES(3,'id-3',3,'sources-3','linked-3');
CREATE TABLE context_entity_type (
	space INTEGER NOT NULL, 
	name INTEGER NOT NULL, 
	"key" INTEGER NOT NULL, 
	PRIMARY KEY (space, name, "key")
)
 WITHOUT ROWID

;
INSERT INTO "context_entity_type" VALUES(1,1,1);
INSERT INTO "context_entity_type" VALUES(2,2,2);
INSERT INTO "context_entity_type" VALUES(3,3,3);
CREATE TABLE context_link (
	space INTEGER NOT NULL, 
	target TEXT NOT NULL, 
	name INTEGER NOT NULL, 
	"key" INTEGER NOT NULL, 
	PRIMARY KEY (space, target, name, "key")
)
 WITHOUT ROWID

;
INSERT INTO "context_link" VALUES(1,'target-1',1,1);
INSERT INTO "context_link" VALUES(2,'target-2',2,2);
INSERT INTO "context_link" VALUES(3,'target-3',3,3);
CREATE TABLE context_model (
	type TEXT NOT NULL, 
	title TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	version TEXT NOT NULL, 
	description TEXT NOT NULL, 
	source TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	content TEXT NOT NULL, 
	imported BIGINT NOT NULL, 
	PRIMARY KEY (type)
);
INSERT INTO "context_model" VALUES('type-1','title-1','subject-1','version-1','description-1','source-1','digest-1','content-1',1);
INSERT INTO "context_model" VALUES('type-2','title-2','subject-2','version-2','description-2','source-2','digest-2','content-2',2);
INSERT INTO "context_model" VALUES('type-3','title-3','subject-3','version-3','description-3','source-3','digest-3','content-3',3);
CREATE TABLE context_model_part (
	digest TEXT NOT NULL, 
	address TEXT NOT NULL, 
	content TEXT NOT NULL, 
	imported BIGINT NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "context_model_part" VALUES('digest-1','address-1','content-1',1);
INSERT INTO "context_model_part" VALUES('digest-2','address-2','content-2',2);
INSERT INTO "context_model_part" VALUES('digest-3','address-3','content-3',3);
CREATE TABLE context_model_required (
	tenant TEXT NOT NULL, 
	type TEXT NOT NULL, 
	model TEXT NOT NULL, 
	PRIMARY KEY (tenant, type)
);
INSERT INTO "context_model_required" VALUES('p1','type-1','model-1');
INSERT INTO "context_model_required" VALUES('p2','type-2','model-2');
INSERT INTO "context_model_required" VALUES('p3','type-3','model-3');
CREATE TABLE context_name (
	name INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (name), 
	UNIQUE (text)
);
INSERT INTO "context_name" VALUES(1,'text-1');
INSERT INTO "context_name" VALUES(2,'text-2');
INSERT INTO "context_name" VALUES(3,'text-3');
CREATE TABLE context_outbox (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	subscription BIGINT NOT NULL, 
	entity TEXT NOT NULL, 
	headers TEXT NOT NULL, 
	body BLOB NOT NULL, 
	posted BIGINT NOT NULL
);
INSERT INTO "context_outbox" VALUES(1,1,'entity-1','headers-1',X'7B226E223A317D',1);
INSERT INTO "context_outbox" VALUES(2,2,'entity-2','headers-2',X'7B226E223A327D',2);
INSERT INTO "context_outbox" VALUES(3,3,'entity-3','headers-3',X'7B226E223A337D',3);
CREATE TABLE context_registration (
	tenant TEXT NOT NULL, 
	id TEXT NOT NULL, 
	document TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	modified BIGINT NOT NULL, 
	PRIMARY KEY (tenant, id)
);
INSERT INTO "context_registration" VALUES('p1','id-1','document-1','reference-1',1,1);
INSERT INTO "context_registration" VALUES('p2','id-2','document-2','reference-2',2,2);
INSERT INTO "context_registration" VALUES('p3','id-3','document-3','reference-3',3,3);
CREATE TABLE context_remote_subscription (
	id TEXT NOT NULL, 
	tenant TEXT NOT NULL, 
	subscription TEXT NOT NULL, 
	registration TEXT NOT NULL, 
	unsaid BOOLEAN NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "context_remote_subscription" VALUES('id-1','p1','subscription-1','registration-1',1);
INSERT INTO "context_remote_subscription" VALUES('id-2','p2','subscription-2','registration-2',2);
INSERT INTO "context_remote_subscription" VALUES('id-3','p3','subscription-3','registration-3',3);
CREATE TABLE context_snapshot (
	tenant TEXT NOT NULL, 
	id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (tenant, id)
);
INSERT INTO "context_snapshot" VALUES('p1','id-1','body-1');
INSERT INTO "context_snapshot" VALUES('p2','id-2','body-2');
INSERT INTO "context_snapshot" VALUES('p3','id-3','body-3');
CREATE TABLE context_source_identity (
	alias TEXT NOT NULL, 
	PRIMARY KEY (alias)
);
INSERT INTO "context_source_identity" VALUES('alias-1');
INSERT INTO "context_source_identity" VALUES('alias-2');
INSERT INTO "context_source_identity" VALUES('alias-3');
CREATE TABLE context_space (
	space INTEGER NOT NULL, 
	tenant TEXT NOT NULL, 
	snapshot TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (space), 
	UNIQUE (tenant, snapshot)
);
INSERT INTO "context_space" VALUES(1,'','');
INSERT INTO "context_space" VALUES(2,'p2','snapshot-2');
INSERT INTO "context_space" VALUES(3,'p3','snapshot-3');
CREATE TABLE context_subscription (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	tenant TEXT NOT NULL, 
	id TEXT NOT NULL, 
	document TEXT NOT NULL, 
	spoken TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	modified BIGINT NOT NULL, 
	expires BIGINT, 
	sent BIGINT DEFAULT '0' NOT NULL, 
	failed BIGINT DEFAULT '0' NOT NULL, 
	last BIGINT, 
	success BIGINT, 
	failure BIGINT, 
	ok INTEGER, 
	given_up BIGINT DEFAULT '0' NOT NULL, 
	UNIQUE (kind, tenant, id)
);
INSERT INTO "context_subscription" VALUES(1,'kind-1','p1','id-1','document-1','spoken-1',1,1,1,1,1,1,1,1,1,1);
INSERT INTO "context_subscription" VALUES(2,'kind-2','p2','id-2','document-2','spoken-2',2,2,2,2,2,2,2,2,2,2);
INSERT INTO "context_subscription" VALUES(3,'kind-3','p3','id-3','document-3','spoken-3',3,3,3,3,3,3,3,3,3,3);
CREATE TABLE context_use (
	space INTEGER NOT NULL, 
	type INTEGER NOT NULL, 
	attribute INTEGER NOT NULL, 
	kind SMALLINT NOT NULL, 
	count BIGINT NOT NULL, 
	PRIMARY KEY (space, type, attribute, kind)
);
INSERT INTO "context_use" VALUES(1,1,1,1,1);
INSERT INTO "context_use" VALUES(2,2,2,2,2);
INSERT INTO "context_use" VALUES(3,3,3,3,3);
CREATE TABLE context_value_number (
	space INTEGER NOT NULL, 
	name INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	"key" INTEGER NOT NULL, 
	PRIMARY KEY (space, name, value, "key")
)
 WITHOUT ROWID

;
INSERT INTO "context_value_number" VALUES(1,1,1.5,1);
INSERT INTO "context_value_number" VALUES(2,2,2.5,2);
INSERT INTO "context_value_number" VALUES(3,3,3.5,3);
CREATE TABLE context_value_text (
	space INTEGER NOT NULL, 
	name INTEGER NOT NULL, 
	value TEXT NOT NULL, 
	"key" INTEGER NOT NULL, 
	PRIMARY KEY (space, name, value, "key")
)
 WITHOUT ROWID

;
INSERT INTO "context_value_text" VALUES(1,1,'value-1',1);
INSERT INTO "context_value_text" VALUES(2,2,'value-2',2);
INSERT INTO "context_value_text" VALUES(3,3,'value-3',3);
CREATE TABLE history_entity (
	number INTEGER NOT NULL, 
	tenant TEXT NOT NULL, 
	id TEXT NOT NULL, 
	types TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	modified BIGINT NOT NULL, 
	deleted BIGINT, 
	PRIMARY KEY (number), 
	UNIQUE (tenant, id)
);
INSERT INTO "history_entity" VALUES(1,'p1','id-1','types-1','scopes-1',1,1,1);
INSERT INTO "history_entity" VALUES(2,'p2','id-2','types-2','scopes-2',2,2,2);
INSERT INTO "history_entity" VALUES(3,'p3','id-3','types-3','scopes-3',3,3,3);
CREATE TABLE history_entity_type (
	tenant TEXT NOT NULL, 
	type TEXT NOT NULL, 
	entity INTEGER NOT NULL, 
	PRIMARY KEY (tenant, type, entity)
)
 WITHOUT ROWID

;
INSERT INTO "history_entity_type" VALUES('p1','type-1',1);
INSERT INTO "history_entity_type" VALUES('p2','type-2',2);
INSERT INTO "history_entity_type" VALUES('p3','type-3',3);
CREATE TABLE history_policy (
	number INTEGER NOT NULL, 
	types TEXT NOT NULL, 
	keep_days INTEGER, 
	thinning TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "history_policy" VALUES(0,'[]',NULL,'[]');
INSERT INTO "history_policy" VALUES(1,'types-1',1,'thinning-1');
INSERT INTO "history_policy" VALUES(2,'types-2',2,'thinning-2');
INSERT INTO "history_policy" VALUES(3,'types-3',3,'thinning-3');
CREATE TABLE history_series (
	number INTEGER NOT NULL, 
	entity BIGINT NOT NULL, 
	attribute TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	policy INTEGER NOT NULL, 
	first_time BIGINT NOT NULL, 
	last_time BIGINT NOT NULL, 
	last_value FLOAT, 
	last_rest TEXT, 
	PRIMARY KEY (number), 
	UNIQUE (entity, attribute, dataset)
);
INSERT INTO "history_series" VALUES(1,1,'attribute-1','dataset-1',1,1,1,1.5,'last_rest-1');
INSERT INTO "history_series" VALUES(2,2,'attribute-2','dataset-2',2,2,2,2.5,'last_rest-2');
INSERT INTO "history_series" VALUES(3,3,'attribute-3','dataset-3',3,3,3,3.5,'last_rest-3');
CREATE TABLE log_damaged (
	position BIGINT NOT NULL, 
	checksum BIGINT NOT NULL, 
	payload BLOB NOT NULL, 
	PRIMARY KEY (position)
);
INSERT INTO "log_damaged" VALUES(1,1,X'7B226E223A317D');
INSERT INTO "log_damaged" VALUES(2,2,X'7B226E223A327D');
INSERT INTO "log_damaged" VALUES(3,3,X'7B226E223A337D');
CREATE TABLE log_place (
	reader TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	until BIGINT, 
	PRIMARY KEY (reader)
);
INSERT INTO "log_place" VALUES('context',0,NULL);
INSERT INTO "log_place" VALUES('history',0,NULL);
INSERT INTO "log_place" VALUES('reader-1',1,1);
INSERT INTO "log_place" VALUES('reader-2',2,2);
INSERT INTO "log_place" VALUES('reader-3',3,3);
CREATE TABLE log_record (
	position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	rows INTEGER NOT NULL, 
	bytes INTEGER NOT NULL, 
	checksum BIGINT NOT NULL, 
	payload BLOB NOT NULL
);
INSERT INTO "log_record" VALUES(1,1,1,1,X'7B226E223A317D');
INSERT INTO "log_record" VALUES(2,2,2,2,X'7B226E223A327D');
INSERT INTO "log_record" VALUES(3,3,3,3,X'7B226E223A337D');
CREATE TABLE plan_entry (
	"plan" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	since INTEGER NOT NULL, 
	until INTEGER, 
	body BLOB, 
	PRIMARY KEY ("plan", kind, "key", since), 
	FOREIGN KEY("plan", since) REFERENCES plan_revision ("plan", revision)
);
INSERT INTO "plan_entry" VALUES('p1','kind-1','key-1',1,NULL,X'7B226E223A317D');
INSERT INTO "plan_entry" VALUES('p2','kind-2','key-2',2,NULL,X'7B226E223A327D');
INSERT INTO "plan_entry" VALUES('p3','kind-3','key-3',3,NULL,X'7B226E223A337D');
CREATE TABLE plan_revision (
	"plan" TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	made_at TEXT NOT NULL, 
	made_by TEXT NOT NULL, 
	what TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	undoes INTEGER, 
	PRIMARY KEY ("plan", revision)
);
INSERT INTO "plan_revision" VALUES('p1',1,'made_at-1','made_by-1','what-1','subject-1',1);
INSERT INTO "plan_revision" VALUES('p2',2,'made_at-2','made_by-2','what-2','subject-2',2);
INSERT INTO "plan_revision" VALUES('p3',3,'made_at-3','made_by-3','what-3','subject-3',3);
CREATE TABLE plan_text (
	sha256 TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "plan_text" VALUES('sha256-1','text-1');
INSERT INTO "plan_text" VALUES('sha256-2','text-2');
INSERT INTO "plan_text" VALUES('sha256-3','text-3');
CREATE INDEX plan_entry_current ON plan_entry ("plan", until);
CREATE UNIQUE INDEX context_entity_id ON context_entity (space, id);
CREATE INDEX context_entity_expires ON context_entity (expires) WHERE expires IS NOT NULL;
CREATE INDEX ix_context_attribute_end_moment ON context_attribute_end (moment);
CREATE INDEX context_entity_map_expires ON context_entity_map (expires);
CREATE INDEX ix_context_model_part_address ON context_model_part (address);
CREATE INDEX context_outbox_subscription ON context_outbox (subscription, "key");
CREATE INDEX history_series_attribute ON history_series (attribute);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('context_subscription',3);
INSERT INTO "sqlite_sequence" VALUES('context_outbox',3);
INSERT INTO "sqlite_sequence" VALUES('log_record',3);
COMMIT;
