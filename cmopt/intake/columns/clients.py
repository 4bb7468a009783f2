"""The tables about clients: clients, and links of a person and a client."""

from __future__ import annotations

from cmopt.i18n import N_
from cmopt.intake.columns.base import CLIENT_NO, STAFF_NO, Column, Table

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
