"""What a database looks like from within, in words that are the same for both kinds.

A schema is a set of sentences, so that a difference between two of them reads like one.
"""

import re
from contextlib import closing
from typing import Any

import apsw
import psycopg

from schedy_server.storage.opening import dialect_of, sqlite_path

KINDS = {
    "bigint": "integer",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "text": "text",
    "TEXT": "text",
    "bytea": "bytes",
    "BLOB": "bytes",
    "double precision": "float",
    "REAL": "float",
}

SQLITE_COLUMNS = """
SELECT t.name, c.name, c.type, c."notnull" OR c.pk, c.pk
  FROM sqlite_schema t JOIN pragma_table_info(t.name) c
 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
"""
SQLITE_INDEXES = """
SELECT t.name, i."unique",
       group_concat(c.name || CASE WHEN c.desc THEN ' DESC' ELSE '' END, ', '), s.sql
  FROM sqlite_schema t
  JOIN pragma_index_list(t.name) i
  JOIN pragma_index_xinfo(i.name) c ON c.key
  LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = i.name
 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND i.origin <> 'pk'
 GROUP BY i.name
"""
SQLITE_REFERENCES = """
SELECT t.name, f."table", f.on_delete, group_concat(f."from", ', '), group_concat(f."to", ', ')
  FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f
 WHERE t.type = 'table' GROUP BY t.name, f.id
"""
SQLITE_TABLES = """
SELECT name, sql FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
"""

POSTGRES_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       coalesce(array_position(p.conkey, a.attnum), 0)
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  LEFT JOIN pg_constraint p ON p.conrelid = c.oid AND p.contype = 'p'
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""
POSTGRES_INDEXES = """
SELECT i.indrelid::regclass::text, i.indisunique, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary
"""
POSTGRES_REFERENCES = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
POSTGRES_CHECKS = """
SELECT c.relname, count(k.oid) FROM pg_class c
  LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'c'
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY c.relname
"""


def schema_of(url: str) -> set[str]:
    """Return everything that matters of a database's tables."""
    if dialect_of(url) == "sqlite":
        with closing(apsw.Connection(str(sqlite_path(url)))) as connection:
            return _sqlite_schema(connection)
    with psycopg.connect(url) as postgres:
        return _postgres_schema(postgres)


def _sqlite_schema(connection: apsw.Connection) -> set[str]:
    schema = {_column(*row) for row in connection.execute(SQLITE_COLUMNS)}
    for table, unique, columns, sql in connection.execute(SQLITE_INDEXES):
        schema.add(_index(table, unique, columns, (sql or "").partition(" WHERE ")[2]))
    for table, other, deletion, columns, keys in connection.execute(SQLITE_REFERENCES):
        schema.add(f"{table}: ({columns}) refers to {other} ({keys}), on delete {deletion}")
    for table, sql in connection.execute(SQLITE_TABLES):
        schema.add(f"{table}: has {sql.count('CHECK (')} conditions")
    return schema


def _postgres_schema(connection: psycopg.Connection) -> set[str]:
    schema = {_column(*row) for row in connection.execute(POSTGRES_COLUMNS)}
    for table, unique, definition in connection.execute(POSTGRES_INDEXES):
        match = re.search(r"\((.*?)\)(?: WHERE \((.*)\))?$", definition)
        assert match
        schema.add(_index(table, unique, match[1], (match[2] or "").replace("::text", "")))
    for table, definition in connection.execute(POSTGRES_REFERENCES):
        match = re.search(r"\((.*)\) REFERENCES (\w+)\((.*)\) ON DELETE (\w+)", definition)
        assert match
        schema.add(f"{table}: ({match[1]}) refers to {match[2]} ({match[3]}), on delete {match[4]}")
    for table, count in connection.execute(POSTGRES_CHECKS):
        schema.add(f"{table}: has {count} conditions")
    return schema


def _column(table: str, name: str, kind: str, required: Any, place_in_key: int) -> str:
    value = "a value" if required else "a value or none"
    key = f", number {place_in_key} of the key" if place_in_key else ""
    return f"{table}: {name} is {value} of kind {KINDS[kind]}{key}"


def _index(table: str, unique: Any, columns: str, condition: str) -> str:
    where = f" where {condition}" if condition else ""
    return f"{table}: {'unique' if unique else 'sorted'} by ({columns}){where}"
