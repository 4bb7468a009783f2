"""The tables and columns of a case: the one source of the intake, the template and the column guide.

`TABLES` names every table and column of the contract; `columns_of` adds the exam items of a scheme. The notes
are English templates; `cmopt.i18n` puts them into Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_, Lang, tr

TableKey = Literal["staff", "posts", "clients", "links"]
Form = Literal[
    "id", "staff", "client", "text", "branch", "yes_no", "kind", "quality", "rule", "post", "tier",
    "money", "number", "years", "whole", "date", "score",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its names, what stands in it (`form`), its unit, bounds and an explanation.

    `staff` and `client` are references to the key columns of those tables. `low` and `high` bound a number,
    in its unit (inclusive). `blank` says what an empty cell means, where that is not simply "not known".
    """

    key: str
    zh: str
    en: str
    form: Form
    note: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    maximum: int | None = None
    blank: str | None = None

    def title(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def unit(self, lang: Lang) -> str | None:
        """What the figures are counted in; None for what has no unit."""
        text = UNIT_OF_FORM.get(self.form)
        return tr(text, lang) if text else None


@dataclass(frozen=True, slots=True)
class Table:
    key: TableKey
    zh: str
    en: str
    note: str
    columns: tuple[Column, ...]
    required: bool = False
    aliases: tuple[str, ...] = ()

    def title(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the few words a column takes, and the other ways of writing it."""

    value: str | int | bool
    zh: str
    en: str
    aliases: tuple[str, ...] = ()

    def title(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


def columns_of(table: TableKey, scheme: Scheme | None = None) -> tuple[Column, ...]:
    """The columns of `table`; with a scheme, the staff table has its exam items after the key columns."""
    columns = TABLES[table].columns
    if table != "staff" or scheme is None:
        return columns
    taken = {c.key for c in columns}
    items = tuple(
        Column(
            key=item.key,
            zh=item.title.zh,
            en=item.key,
            form="score",
            note=SCORE_NOTE,
            aliases=tuple(
                f"{title}{ending}"
                for title in (item.title.zh, item.title.en, item.key)
                for ending in ("", "成绩", "分数", "得分", " score")
            ),
            low=0,
            maximum=item.max,
        )
        for item in scheme.grading.items
        if item.key not in taken
    )
    at = next(n for n, c in enumerate(columns) if c.key == "finance_years")
    return (*columns[:at], *items, *columns[at:])


def figure_columns(table: TableKey, scheme: Scheme) -> tuple[Column, ...]:
    """Further columns of figures that the scheme reads in `table`: what its measures add up over clients, what
    its limits ask of staff, and loads of pairs in links (known columns of the clients table among them)."""
    if table == "posts":
        return ()
    known = {c.key: c for c in TABLES["clients"].columns}
    found: dict[str, Column] = {}
    for measure in scheme.measures:
        form: Form = "money" if measure.unit == "money" else "number"
        column = known.get(measure.column)
        names = (measure.column, measure.column) if column is None else (column.zh, column.en)
        aliases = () if column is None else column.aliases
        if table != "clients" or column is None:
            note = PAIR_NOTE if table == "links" else MEASURE_NOTE
            found.setdefault(measure.column, Column(measure.column, *names, form, note, aliases=aliases))
    if table != "staff":
        return tuple(found.values())
    limits: dict[str, Column] = {}
    for limit in scheme.limits:
        unit = None if limit.measure is None else scheme.measure_by_key[limit.measure].unit
        for key in (limit.least_column, limit.most_column):
            if key is not None:
                form = "money" if unit == "money" else "number"
                limits.setdefault(key, Column(key, key, key, form, LIMIT_NOTE))
    return tuple(limits.values())


def choices_of(form: Form, scheme: Scheme) -> tuple[Choice, ...]:
    """The words a column of this form takes; () when it takes free text or figures."""
    if form == "post":
        return tuple(Choice(p.key, p.title.zh, p.title.en, p.aliases) for p in scheme.grading.posts)
    if form == "tier":
        return tuple(Choice(t.key, t.title.zh, t.title.en) for t in scheme.grading.tiers)
    return CHOICES.get(form, ())


UNIT_OF_FORM: dict[str, str] = {"money": N_("10,000 yuan"), "years": N_("years"), "score": N_("points")}

SCORE_NOTE = N_(
    "Points of the exam, from 0 to the scheme's maximum. Write 缺考 or absent for who did not sit it; a "
    "blank cell means that there is no score. Absent, blank and 0 are three different things."
)

MEASURE_NOTE = N_("A figure that a measure of the scheme adds up over the clients a manager holds.")
PAIR_NOTE = N_("The client's load if this person holds it, in place of the figure in the clients table.")
LIMIT_NOTE = N_(
    "The least or the most that the scheme's limits let this person hold. Blank: the limit that holds for "
    "everybody, if there is one."
)

CHOICES: dict[str, tuple[Choice, ...]] = {
    "yes_no": (
        Choice(True, "是", "yes", ("y", "true", "t", "1", "√", "✓", "✔", "☑")),
        Choice(False, "否", "no", ("n", "false", "f", "0", "×", "✗", "✘")),
    ),
    "kind": (
        Choice("loan", "贷款", "loan", ("loans", "贷款户", "贷款客户")),
        Choice("deposit", "存款", "deposit", ("deposits", "存款户", "存款客户")),
    ),
    "quality": (
        Choice(1, "正常", "normal", ("1", "正常类", "pass")),
        Choice(2, "关注", "special mention", ("2", "关注类", "mention", "watch")),
        Choice(3, "次级", "substandard", ("3", "次级类")),
        Choice(4, "可疑", "doubtful", ("4", "可疑类")),
        Choice(5, "损失", "loss", ("5", "损失类")),
    ),
    "rule": (
        Choice("forbid", "回避", "forbid", ("recusal", "recuse", "禁止")),
        Choice("pin", "锁定", "pin", ("pinned", "指定")),
        Choice("allow", "允许", "allow", ("allowed",)),
    ),
}

STAFF_NO = ("员工号", "员工编号", "员工工号", "职工号", "柜员号", "staff no", "employee id")
CLIENT_NO = ("客户编号", "客户代码", "客户id", "client no", "customer id")

TICKS = frozenset("√✓✔☑×✗✘")

STAFF = Table(
    "staff",
    "员工",
    "staff",
    N_("Everybody who registered or holds a client now, one line a person."),
    (
        Column(
            "staff_id",
            "工号",
            "staff_id",
            "id",
            N_("The person's number, as text: 0001 keeps its zeros. Each number stands once."),
            required=True,
            aliases=STAFF_NO,
        ),
        Column(
            "name",
            "姓名",
            "name",
            "text",
            N_("The person's name."),
            required=True,
            aliases=("员工姓名", "名字"),
        ),
        Column(
            "branch",
            "机构",
            "branch",
            "branch",
            N_("The branch or department the person works at, spelt as in the clients table."),
            required=True,
            aliases=("支行", "所属机构", "所属支行", "机构名称", "网点", "部门", "department"),
        ),
        Column(
            "post",
            "岗位",
            "post",
            "text",
            N_("The person's present post, in words; shown, not counted."),
            aliases=("现岗位", "现任岗位", "position"),
        ),
        Column(
            "registered",
            "报名",
            "registered",
            "yes_no",
            N_(
                "Whether the person registered for the exam. Blank: registered if any score stands in the "
                "line; in a column of ticks (√) blank means no."
            ),
            aliases=("是否报名", "已报名"),
        ),
        Column(
            "marketing",
            "营销人员",
            "marketing",
            "yes_no",
            N_("Whether the person is on the marketing staff now."),
            aliases=("是否营销人员", "现营销人员", "营销岗"),
            blank=N_("no"),
        ),
        Column(
            "finance_years",
            "金融从业年限",
            "finance_years",
            "years",
            N_("Years worked in finance, for instance 12 or 12.5; only full years count for points."),
            aliases=("从业年限", "金融工龄", "years in finance"),
            low=0,
            high=80,
        ),
        Column(
            "average_deposits",
            "日均存款",
            "average_deposits",
            "money",
            N_("Daily average deposits over the year that the person brought in."),
            aliases=("年日均存款", "日均存款余额", "average daily deposits"),
        ),
        Column(
            "tier",
            "等级",
            "tier",
            "tier",
            N_("A tier already decided; if any is given, grading is skipped. Otherwise leave this blank."),
            aliases=("客户经理等级", "评定等级"),
        ),
        Column(
            "rank",
            "名次",
            "rank",
            "whole",
            N_("The place that goes with a given tier, 1 = best."),
            aliases=("排名",),
            low=1,
        ),
    ),
    required=True,
    aliases=(
        "员工表",
        "员工信息",
        "员工信息表",
        "员工名单",
        "人员",
        "人员表",
        "人员名单",
        "roster",
        "employees",
    ),
)

POSTS = Table(
    "posts",
    "任职",
    "posts",
    N_("Posts that give experience points, one line a person and post; several posts add up."),
    (
        Column(
            "staff_id",
            "工号",
            "staff_id",
            "staff",
            N_("The number of somebody in the staff table."),
            required=True,
            aliases=STAFF_NO,
        ),
        Column(
            "post",
            "职务",
            "post",
            "post",
            N_("The post held, one of those the scheme knows."),
            required=True,
            aliases=("任职职务", "岗位", "position"),
        ),
        Column(
            "years",
            "任职年数",
            "years",
            "years",
            N_("Years in that post, for instance 3 or 3.5. Instead of it, give both dates."),
            aliases=("任职年限", "年数", "年限"),
            low=0,
            high=80,
        ),
        Column(
            "from",
            "起始",
            "from",
            "date",
            N_("First day in the post, for instance 2003-01-05."),
            aliases=(
                "起始日期",
                "任职起始",
                "开始",
                "开始日期",
                "任职开始日期",
                "from date",
                "start",
                "start date",
            ),
        ),
        Column(
            "to",
            "结束",
            "to",
            "date",
            N_("Last day in the post, counted too. For a post still held: the day up to which it counts."),
            aliases=("结束日期", "任职结束", "截止", "截止日期", "终止日期", "to date", "end", "end date"),
        ),
    ),
    aliases=("任职表", "任职经历", "任职情况", "职务", "职务表"),
)

CLIENTS = Table(
    "clients",
    "客户",
    "clients",
    N_("Every loan and deposit client, one line a client."),
    (
        Column(
            "client_id",
            "客户号",
            "client_id",
            "id",
            N_("The client's number, as text: 0001 keeps its zeros. Each number stands once."),
            required=True,
            aliases=CLIENT_NO,
        ),
        Column(
            "name",
            "客户名称",
            "name",
            "text",
            N_("The client's name."),
            required=True,
            aliases=("名称", "户名", "企业名称", "单位名称", "姓名", "client name", "customer name"),
        ),
        Column(
            "branch",
            "机构",
            "branch",
            "branch",
            N_("The branch the client belongs to, spelt as in the staff table."),
            required=True,
            aliases=("支行", "所属机构", "所属支行", "机构名称", "网点", "开户机构", "管户机构"),
        ),
        Column(
            "kind",
            "类型",
            "kind",
            "kind",
            N_("Loan client or deposit client."),
            required=True,
            aliases=("客户类型", "业务类型", "client type", "type"),
        ),
        Column(
            "balance",
            "余额",
            "balance",
            "money",
            N_("The loan or deposit balance; it decides the client's segment."),
            required=True,
            aliases=("账户余额", "存贷款余额"),
        ),
        Column(
            "key_deposit",
            "重点机构存款",
            "key_deposit",
            "yes_no",
            N_("Whether this is one of the named institutions held by a central team; deposit clients only."),
            aliases=("重点存款", "重点机构", "是否重点机构存款", "key deposit account"),
            blank=N_("no"),
        ),
        Column(
            "incumbent",
            "现管户人",
            "incumbent",
            "staff",
            N_("Who holds the client now, by staff number. Blank: nobody is responsible."),
            aliases=("管户人", "现管户经理", "管户经理", "客户经理", "现管户人工号", "管户人工号", "manager"),
        ),
        Column(
            "developer",
            "开拓人",
            "developer",
            "staff",
            N_("Who brought the client in, by staff number."),
            aliases=("开发人", "营销人", "开拓人工号"),
        ),
        Column(
            "quality",
            "五级分类",
            "quality",
            "quality",
            N_("The five-class grading of a loan, in words or 1 to 5."),
            aliases=("贷款五级分类", "资产质量", "风险分类"),
        ),
        Column(
            "difficulty",
            "难度",
            "difficulty",
            "number",
            N_("How hard the client is to look after, 1 (easy) to 5 (hard)."),
            aliases=("难度分", "难易", "难易程度"),
            low=1,
            high=5,
        ),
        Column(
            "revenue",
            "收益",
            "revenue",
            "money",
            N_("What the client brings in a year."),
            aliases=("年收益", "收入", "利润贡献"),
        ),
        Column(
            "group",
            "集团",
            "group",
            "text",
            N_("The group of companies the client belongs to."),
            aliases=("所属集团", "集团客户"),
        ),
        Column(
            "held_since",
            "管户起始",
            "held_since",
            "date",
            N_("Since when the present manager has held the client."),
            aliases=("管户起始日期", "管户起始日", "管户日期"),
        ),
        Column(
            "managers_needed",
            "所需经理数",
            "managers_needed",
            "whole",
            N_(
                "How many managers the client needs: one leads, the others are its backups. A client that a "
                "team holds needs 1."
            ),
            aliases=("需要经理数", "管户人数"),
            low=1,
            high=20,
            blank=N_("1"),
        ),
        Column(
            "counter",
            "柜面管理",
            "counter",
            "yes_no",
            N_(
                "Whether this is a naturally grown deposit that the counter keeps, so that no manager gets it; "
                "deposit clients only."
            ),
            aliases=("柜面管户", "营业室管理", "是否柜面管理", "counter-held", "held by the counter"),
            blank=N_("no"),
        ),
    ),
    required=True,
    aliases=("客户表", "客户信息", "客户信息表", "客户名单", "客户清单", "customers", "accounts"),
)

LINKS = Table(
    "links",
    "关系",
    "links",
    N_("What is to be known of one person and one client together: recusals, wishes, fit. One line a pair."),
    (
        Column(
            "staff_id",
            "工号",
            "staff_id",
            "staff",
            N_("The number of somebody in the staff table."),
            required=True,
            aliases=STAFF_NO,
        ),
        Column(
            "client_id",
            "客户号",
            "client_id",
            "client",
            N_("The number of a client in the clients table."),
            required=True,
            aliases=CLIENT_NO,
        ),
        Column(
            "rule",
            "规则",
            "rule",
            "rule",
            N_("forbid: may not hold the client (recusal); pin: must hold it; allow: may hold it."),
            aliases=("关系规则", "回避锁定"),
        ),
        Column(
            "bid",
            "竞聘志愿",
            "bid",
            "whole",
            N_(
                "Which of the person's choices the client is, 1 = first choice; counts in the goal bids and in "
                "a stable competition."
            ),
            aliases=("志愿", "竞聘次序", "choice"),
            low=1,
            high=100_000,
        ),
        Column(
            "fit",
            "匹配度",
            "fit",
            "number",
            N_("How well the two fit; higher is better. Counts in the goals fit and worst_served."),
            aliases=("匹配", "匹配分"),
        ),
        Column(
            "cost",
            "费用",
            "cost",
            "number",
            N_("What it costs if this person holds the client. Counts in the goal cost."),
            aliases=("成本", "代价"),
        ),
    ),
    aliases=("关系表", "回避", "回避表", "志愿", "志愿表", "pairs"),
)

TABLES: dict[TableKey, Table] = {"staff": STAFF, "posts": POSTS, "clients": CLIENTS, "links": LINKS}

# Columns that only count the lines: left out, not kept as a measure.
LINE_NUMBERS = frozenset({"序号", "行号", "no", "nr", "#", "index", "line"})

# Sheets of the template that people read and the intake skips.
READ_ME = {"zh": "说明", "en": "Read me"}
