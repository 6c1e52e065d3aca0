BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
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
COMMIT;
