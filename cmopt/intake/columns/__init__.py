"""The tables and columns of a case: the one source of the intake, the template and the column guide.

`TABLES` names every table and column of the contract; `columns_of` adds the exam items of a scheme. The notes
are English templates; `cmopt.i18n` puts them into Chinese.
"""

from cmopt.intake.columns.base import LINE_NUMBERS, OPTIONS, READ_ME, Choice, Column, Form, Table, TableKey
from cmopt.intake.columns.of_scheme import TABLES, choices_of, columns_of, figure_columns, tables_of
from cmopt.intake.columns.words import TICKS

__all__ = [
    "LINE_NUMBERS",
    "OPTIONS",
    "READ_ME",
    "TABLES",
    "TICKS",
    "Choice",
    "Column",
    "Form",
    "Table",
    "TableKey",
    "choices_of",
    "columns_of",
    "figure_columns",
    "tables_of",
]
