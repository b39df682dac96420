"""Migrations as somebody might write them: bad ones with the rules that they break, and good
ones. `postgres` and `sqlite` say where a rule is broken; `any` does not depend on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import F, Q

from agents.backfills.services.operations import RequireBackfill, StartBackfill
from agents.states import LEAD_TRANSITIONS, MESSAGE_TRANSITIONS, MessageStatus
from hossagent.lib.schema import (
    AddConstraintOnline,
    AddForeignKeyOnline,
    AddIndexOnline,
    AddUniqueOnline,
    OnlineMigration,
    RemoveConstraintOnline,
    RemoveIndexOnline,
    SetNotNullOnline,
)
from hossagent.lib.transitions import EnforceTransitions, RepeatTransitions

if TYPE_CHECKING:
    from django.db.migrations import Migration

INDEX = models.Index(fields=["company"], name="agents_lead_sample")
CHECK = models.CheckConstraint(condition=~Q(company=""), name="agents_lead_sample")
ONCE = models.UniqueConstraint(fields=["customer", "company"], name="agents_lead_sample")
SENT_ONCE = models.UniqueConstraint(
    fields=["lead", "step"], condition=Q(status="sent"), name="agents_message_sample"
)
STATUS = models.CheckConstraint(
    condition=Q(status__in=[*MessageStatus.values, "parked"]), name="agents_message_status"
)
KEEP_LEAD = RepeatTransitions("lead", LEAD_TRANSITIONS.pairs())
KEEP_MESSAGE = RepeatTransitions("message", MESSAGE_TRANSITIONS.pairs())
REBUILT = "The tables agents_lead and agents_message are written anew."


def a_key(**options: Any) -> Any:
    return models.ForeignKey("agents.Task", models.SET_NULL, null=True, related_name="+", **options)


def fill_leads(apps: Any, editor: Any) -> None:
    apps.get_model("agents", "Lead").objects.update(phone="")


def fill_by_a_helper(apps: Any, editor: Any) -> None:
    fill_leads(apps, editor)


def fill_by_sql(apps: Any, editor: Any) -> None:
    editor.execute("UPDATE agents_lead SET phone = ''")


def fill_settings(apps: Any, editor: Any) -> None:
    apps.get_model("agents", "SystemSettings").objects.update(is_autopilot_on=False)


def fill_in_a_function(apps: Any, editor: Any) -> None:
    def fill() -> None:
        apps.get_model("agents", "Lead").objects.update(phone="")

    fill()


def fill_customers(apps: Any, editor: Any) -> None:
    apps.get_model("accounts", "Customer").objects.update(company="")


class Unreadable(Operation):
    """One that Django cannot write down as SQL."""

    reduces_to_sql = False
    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, *args: Any) -> None:
        pass


@dataclass(frozen=True)
class Sample:
    """One migration of `agents`, behind the last one."""

    does: str
    operations: list[Operation]
    breaks: dict[str, str] = field(default_factory=dict)
    notes: str = REBUILT
    name: str = "0099_sample_of_a_change"
    base: type[Migration] = migrations.Migration
    attributes: dict[str, Any] = field(default_factory=dict)

    def migration(self, *, leaf: tuple[str, str]) -> Migration:
        body = {"operations": self.operations, "dependencies": [leaf], **self.attributes}
        made: Migration = type("Migration", (self.base,), body)(self.name, "agents")
        return made


PLAIN_INDEX = {"require-concurrent-index-creation": "postgres"}

BAD = [
    Sample("plain index", [migrations.AddIndex("lead", INDEX)], PLAIN_INDEX),
    Sample(
        "plain removal of an index",
        [migrations.RemoveIndex("message", "agents_message_newest")],
        {"require-concurrent-index-deletion": "postgres"},
    ),
    Sample(
        "index of a field",
        [
            KEEP_LEAD,
            migrations.AlterField("lead", "source", models.CharField(max_length=40, db_index=True)),
            KEEP_LEAD,
        ],
        PLAIN_INDEX,
    ),
    Sample(
        "index as raw SQL",
        [migrations.RunSQL("CREATE INDEX x ON agents_lead (company)", "DROP INDEX x")],
        PLAIN_INDEX,
    ),
    Sample(
        "index built concurrently in a transaction",
        [AddIndexOnline("lead", INDEX)],
        {"concurrently-in-a-transaction": "postgres"},
    ),
    Sample(
        "plain check",
        [KEEP_LEAD, migrations.AddConstraint("lead", CHECK), KEEP_LEAD],
        {"constraint-missing-not-valid": "postgres"},
    ),
    Sample(
        "plain unique",
        [KEEP_LEAD, migrations.AddConstraint("lead", ONCE), KEEP_LEAD],
        {
            "constraint-missing-not-valid": "postgres",
            "disallowed-unique-constraint": "postgres",
        },
    ),
    Sample(
        "plain conditional unique", [migrations.AddConstraint("message", SENT_ONCE)], PLAIN_INDEX
    ),
    Sample(
        "check validated under the lock of its addition",
        [KEEP_LEAD, AddConstraintOnline("lead", CHECK), KEEP_LEAD],
        {"constraint-missing-not-valid": "postgres"},
    ),
    Sample(
        "foreign key",
        [KEEP_LEAD, migrations.AddField("lead", "task", a_key()), KEEP_LEAD],
        {"adding-foreign-key-constraint": "postgres", **PLAIN_INDEX},
    ),
    Sample(
        "mandatory column with a default in Python",
        [
            KEEP_LEAD,
            migrations.AddField("lead", "stars", models.IntegerField(default=0)),
            KEEP_LEAD,
        ],
        {"mandatory-without-db-default": "postgres"},
    ),
    Sample(
        "unique column",
        [
            KEEP_LEAD,
            migrations.AddField(
                "lead", "code", models.CharField(max_length=9, null=True, unique=True)
            ),
            KEEP_LEAD,
        ],
        {"disallowed-unique-constraint": "postgres", **PLAIN_INDEX},
    ),
    Sample(
        "column made mandatory",
        [
            KEEP_LEAD,
            migrations.AlterField("lead", "replied_at", models.DateTimeField()),
            KEEP_LEAD,
        ],
        {"adding-not-nullable-field": "postgres"},
    ),
    Sample(
        "column renamed",
        [migrations.RenameField("lead", "phone", "telephone")],
        {"renaming-column": "postgres"},
    ),
    Sample(
        "table renamed",
        [migrations.AlterModelTable("task", "agents_job")],
        {"renaming-table": "postgres"},
    ),
    Sample(
        "column dropped in the release that stops using it",
        [KEEP_LEAD, migrations.RemoveField("lead", "phone"), KEEP_LEAD],
        {"ban-drop-column": "postgres"},
    ),
    Sample(
        "column dropped with a release that is not out",
        [KEEP_LEAD, migrations.RemoveField("lead", "phone"), KEEP_LEAD],
        {"ban-drop-column": "postgres"},
        attributes={"unused_since": "99.0.0"},
    ),
    Sample(
        "table dropped in the release that stops using it",
        [migrations.DeleteModel("SecondOpinion")],
        {"ban-drop-table": "postgres"},
    ),
    Sample(
        "type changed",
        [
            KEEP_LEAD,
            migrations.AlterField("lead", "research_attempts", models.BigIntegerField(default=0)),
            KEEP_LEAD,
        ],
        {"changing-column-type": "postgres"},
    ),
    Sample(
        "text made shorter",
        [
            KEEP_LEAD,
            migrations.AlterField("lead", "source", models.CharField(max_length=20)),
            KEEP_LEAD,
        ],
        {"changing-column-type": "postgres"},
    ),
    Sample(
        "default that is computed for each row",
        [
            KEEP_LEAD,
            migrations.RunSQL(
                "ALTER TABLE agents_lead ADD COLUMN dice double precision DEFAULT random()",
                migrations.RunSQL.noop,
            ),
            KEEP_LEAD,
        ],
        {"adding-field-with-default": "postgres"},
    ),
    Sample(
        "rows changed by SQL",
        [migrations.RunSQL("UPDATE agents_lead SET phone = ''", migrations.RunSQL.noop)],
        {"data-in-a-migration": "postgres"},
    ),
    Sample(
        "rows changed by SQL behind a word of its own",
        [
            migrations.RunSQL(
                "WITH old AS (SELECT 1) DELETE FROM agents_lead", migrations.RunSQL.noop
            )
        ],
        {"data-in-a-migration": "postgres"},
    ),
    Sample(
        "rows changed by a block",
        [migrations.RunSQL(["DO $$ BEGIN DELETE FROM agents_lead; END $$"], [])],
        {"data-in-a-migration": "postgres"},
    ),
    Sample(
        "rows copied by SQL",
        [
            migrations.RunSQL(
                "INSERT INTO agents_task SELECT * FROM agents_task", migrations.RunSQL.noop
            )
        ],
        {"data-in-a-migration": "postgres"},
    ),
    Sample(
        "table locked by SQL",
        [migrations.RunSQL("LOCK TABLE agents_lead", migrations.RunSQL.noop)],
        {"data-in-a-migration": "postgres"},
    ),
    Sample(
        "trigger made again outside a transaction",
        [EnforceTransitions("lead", LEAD_TRANSITIONS.pairs())],
        {"trigger-missing-for-a-moment": "postgres", "cannot-be-repeated": "any"},
        base=OnlineMigration,
    ),
    Sample(
        "rebuild that drops a trigger",
        [AddConstraintOnline("lead", CHECK)],
        {"rebuild-drops-a-trigger": "sqlite"},
        base=OnlineMigration,
    ),
    Sample(
        "rebuild behind the trigger",
        [KEEP_LEAD, AddConstraintOnline("lead", CHECK)],
        {"rebuild-drops-a-trigger": "sqlite"},
        base=OnlineMigration,
    ),
    Sample(
        "rebuild whose way back drops the trigger",
        [AddConstraintOnline("lead", CHECK), KEEP_LEAD],
        {"rebuild-drops-a-trigger": "sqlite"},
        base=OnlineMigration,
    ),
    Sample(
        "rebuild that keeps another table's trigger",
        [KEEP_MESSAGE, AddConstraintOnline("lead", CHECK), KEEP_MESSAGE],
        {"rebuild-drops-a-trigger": "sqlite"},
        base=OnlineMigration,
    ),
    Sample(
        "rebuild that the notes do not name",
        [KEEP_LEAD, AddConstraintOnline("lead", CHECK), KEEP_LEAD],
        {"rebuild-without-a-note": "sqlite"},
        notes="The table agents_message is written anew.",
        base=OnlineMigration,
    ),
    Sample(
        "Python without a way back",
        [migrations.RunPython(fill_settings)],
        {"no-way-back": "any"},
    ),
    Sample(
        "SQL without a way back",
        [migrations.RunSQL("COMMENT ON TABLE agents_lead IS 'Who may be written to'")],
        {"no-way-back": "any"},
    ),
    Sample(
        "Python over a large table",
        [migrations.RunPython(fill_leads, migrations.RunPython.noop)],
        {"python-over-a-large-table": "any"},
    ),
    Sample(
        "Python over a large table, by a helper",
        [migrations.RunPython(fill_by_a_helper, migrations.RunPython.noop)],
        {"python-over-a-large-table": "any"},
    ),
    Sample(
        "Python that runs SQL over a large table",
        [migrations.RunPython(fill_by_sql, migrations.RunPython.noop)],
        {"python-over-a-large-table": "any"},
    ),
    Sample(
        "Python over a large table, in a wrapper",
        [
            migrations.SeparateDatabaseAndState(
                database_operations=[migrations.RunPython(fill_leads, migrations.RunPython.noop)]
            )
        ],
        {"python-over-a-large-table": "any"},
    ),
    Sample(
        "steps that cannot be repeated, without a transaction",
        [migrations.AddField("lead", "note", models.TextField(null=True))],
        {"cannot-be-repeated": "any"},
        base=OnlineMigration,
    ),
    Sample(
        "no transaction, on SQLite either",
        [AddIndexOnline("lead", INDEX)],
        {"not-an-online-migration": "any"},
        attributes={"atomic": False},
    ),
    Sample("no name", [], {"not-named-by-what-it-does": "any"}, name="0099_auto_20261201_1200"),
    Sample(
        "name of the first change",
        [],
        {"not-named-by-what-it-does": "any"},
        name="0099_lead_a_and_more",
    ),
    *(
        Sample(f"named {name}", [], {"not-named-by-what-it-does": "any"}, name=name)
        for name in (
            "0099_initial",
            "0099_alter_lead_phone",
            "0099_rename_phone_lead_telephone",
            "0099_remove_lead_phone_and_lead_note",
            "0099_merge_of_two",
            "0099_Lead",
            "99_a_new_index",
        )
    ),
    Sample(
        "instead of others",
        [],
        {"not-linear": "any"},
        attributes={"replaces": [("agents", "0011_backfills")]},
    ),
    Sample(
        "before one of another app",
        [],
        {"not-linear": "any"},
        attributes={"run_before": [("billing", "0001_initial")]},
    ),
    Sample("neither SQL nor Python", [Unreadable()], {"cannot-be-read-as-sql": "any"}),
    Sample(
        "Python over a large table, in a function of its own",
        [migrations.RunPython(fill_in_a_function, migrations.RunPython.noop)],
        {"python-over-a-large-table": "any"},
    ),
    Sample(
        "Python over the customers",
        [migrations.RunPython(fill_customers, migrations.RunPython.noop)],
        {"python-over-a-large-table": "any"},
    ),
    Sample(
        "required column",
        [migrations.RunSQL("ALTER TABLE agents_lead ADD COLUMN stars integer NOT NULL", "")],
        {"adding-required-field": "postgres"},
    ),
    Sample(
        "counted column",
        [migrations.RunSQL("ALTER TABLE agents_lead ADD COLUMN number serial PRIMARY KEY", "")],
        {"adding-serial-primary-key-field": "postgres"},
    ),
    Sample(
        "table emptied with all that hang on it",
        [migrations.RunSQL("TRUNCATE agents_lead CASCADE", "")],
        {"ban-truncate-cascade": "postgres", "data-in-a-migration": "postgres"},
    ),
    Sample(
        "table copied",
        [migrations.RunSQL("CREATE TABLE agents_copy AS SELECT * FROM agents_lead", "")],
        {"data-in-a-migration": "postgres"},
    ),
    Sample(
        "index made again",
        [migrations.RunSQL("REINDEX TABLE agents_lead", "")],
        {"data-in-a-migration": "postgres", "require-concurrent-reindex": "postgres"},
    ),
    Sample(
        "misspelled",
        [migrations.RunSQL("ALTER TABEL agents_lead ADD note text", "")],
        {"syntax-error": "postgres"},
    ),
    Sample(
        "database dropped",
        [migrations.RunSQL("DROP DATABASE hossagent", "")],
        {"ban-drop-database": "postgres"},
    ),
    Sample("no predecessor", [], {"not-linear": "any"}, attributes={"dependencies": []}),
    Sample(
        "merge",
        [],
        {"not-linear": "any"},
        attributes={
            "dependencies": [("agents", "0010_persona_chosen_later"), ("agents", "0011_backfills")]
        },
    ),
    Sample(
        "backfill started and required in one release",
        [StartBackfill("stars", "lead"), RequireBackfill("stars")],
        {"backfill-of-the-same-release": "any"},
    ),
    Sample(
        "backfill started twice",
        [StartBackfill("phones", "lead")],
        {"backfill-started-twice": "any"},
    ),
]

GOOD = [
    Sample(
        "default of a new column that may be empty",
        [
            KEEP_LEAD,
            migrations.AddField("lead", "note", models.TextField(null=True, default="")),
            KEEP_LEAD,
        ],
    ),
    Sample(
        "new table, a column and a row of it",
        [
            migrations.CreateModel("Star", [("id", models.BigAutoField(primary_key=True))]),
            migrations.AddField("star", "note", models.TextField(default="")),
            migrations.RunSQL("INSERT INTO agents_star (note) VALUES ('a')", ""),
        ],
    ),
    Sample("index beside live work", [AddIndexOnline("lead", INDEX)], base=OnlineMigration),
    Sample(
        "removal of an index beside live work",
        [RemoveIndexOnline("message", "agents_message_newest")],
        base=OnlineMigration,
    ),
    Sample(
        "check beside live work",
        [KEEP_LEAD, AddConstraintOnline("lead", CHECK), KEEP_LEAD],
        base=OnlineMigration,
    ),
    Sample(
        "check exchanged for one that knows another status",
        [
            KEEP_MESSAGE,
            RemoveConstraintOnline("message", "agents_message_status"),
            AddConstraintOnline("message", STATUS),
            KEEP_MESSAGE,
        ],
        base=OnlineMigration,
    ),
    Sample(
        "choices and transitions of another status",
        [
            migrations.AlterField(
                "message",
                "status",
                models.CharField(max_length=18, choices=[("x", "X")], default="planned"),
            ),
            EnforceTransitions("message", MESSAGE_TRANSITIONS.pairs()),
        ],
    ),
    Sample(
        "unique beside live work",
        [KEEP_LEAD, AddUniqueOnline("lead", ONCE), KEEP_LEAD],
        base=OnlineMigration,
    ),
    Sample(
        "conditional unique beside live work",
        [AddUniqueOnline("message", SENT_ONCE)],
        base=OnlineMigration,
    ),
    Sample(
        "foreign key beside live work",
        [KEEP_LEAD, AddForeignKeyOnline("lead", "task", a_key()), KEEP_LEAD],
        base=OnlineMigration,
    ),
    Sample(
        "column made mandatory beside live work",
        [
            KEEP_LEAD,
            SetNotNullOnline("lead", "replied_at", models.DateTimeField()),
            KEEP_LEAD,
        ],
        base=OnlineMigration,
    ),
    Sample(
        "column that may be empty",
        [migrations.AddField("lead", "note", models.TextField(null=True))],
    ),
    Sample(
        "column with a default in the database",
        [
            KEEP_LEAD,
            migrations.AddField("lead", "stars", models.IntegerField(db_default=0)),
            KEEP_LEAD,
        ],
    ),
    Sample(
        "text made longer",
        [
            KEEP_LEAD,
            migrations.AlterField("lead", "source", models.CharField(max_length=80)),
            KEEP_LEAD,
        ],
    ),
    Sample(
        "column dropped one release later",
        [KEEP_LEAD, migrations.RemoveField("lead", "phone"), KEEP_LEAD],
        attributes={"unused_since": "0.1.0"},
    ),
    Sample(
        "table with everything",
        [
            migrations.CreateModel(
                "Sample",
                [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("lead", models.ForeignKey("agents.Lead", models.CASCADE)),
                    ("size", models.IntegerField(default=0, db_index=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(condition=Q(size__gte=0), name="agents_sample_size"),
                        models.UniqueConstraint(F("size"), name="agents_sample_once"),
                    ]
                },
            )
        ],
    ),
    Sample(
        "Python over a small table",
        [migrations.RunPython(fill_settings, migrations.RunPython.noop)],
    ),
    Sample("backfill started", [StartBackfill("stars", "lead")]),
    Sample("backfill of an earlier release required", [RequireBackfill("phones")]),
]
