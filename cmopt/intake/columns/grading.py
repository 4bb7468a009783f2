"""The further tables of grading: scores by source and period, results, certificates, standings before."""

from __future__ import annotations

from cmopt.i18n import N_
from cmopt.intake.columns.base import STAFF_NO, Column, Table

PERSON = Column(
    "staff_id",
    "工号",
    "staff_id",
    "staff",
    N_("The number of somebody in the staff table."),
    required=True,
    aliases=STAFF_NO,
)
PERIOD = Column(
    "period",
    "期间",
    "period",
    "period",
    N_(
        "The year, half, quarter or month it is of: 2025, 2025年, 2025H1, 2025上半年, 2025Q1, 2025年一季度, "
        "2025-03 or 2025年3月."
    ),
    aliases=("考核期", "考核期间", "评价期", "评分期间", "业绩期间", "所属期间", "时期", "季度", "年度"),
)

SCORES = Table(
    "scores",
    "评分",
    "scores",
    N_("What each source said of each item in each period, one line each."),
    (
        PERSON,
        Column(
            "item",
            "项目",
            "item",
            "item",
            N_("The item scored, one of those the scheme knows."),
            required=True,
            aliases=("考核项目", "评分项目", "考评项目", "评价项目", "考核要素"),
        ),
        Column(
            "source",
            "来源",
            "source",
            "source",
            N_("Who or what the score comes from. Blank: the item's only source."),
            aliases=("评分来源", "得分来源", "评价来源", "评价主体", "考核来源", "assessor"),
        ),
        PERIOD,
        Column(
            "score",
            "得分",
            "score",
            "points",
            N_(
                "Points from 0 to the item's full marks. Write 缺考 or absent for who was not there; a blank "
                "cell means that there is no score."
            ),
            aliases=("分数", "评分", "成绩", "分值", "points"),
            low=0,
        ),
        Column(
            "evidence",
            "依据",
            "evidence",
            "text",
            N_("What the score rests on, in words; kept and shown, above all for a self-assessment."),
            aliases=("佐证", "佐证材料", "证明材料", "证据", "评分依据", "备注"),
        ),
    ),
    aliases=("评分表", "考核评分", "评分明细", "得分表", "考核得分", "assessments"),
)

RESULTS = Table(
    "results",
    "业绩",
    "results",
    N_("Figures of business of each person, one line a measure and period."),
    (
        PERSON,
        Column(
            "measure",
            "指标",
            "measure",
            "measure",
            N_("The measure, one of those the scheme knows."),
            required=True,
            aliases=("业绩指标", "考核指标", "业绩项目", "指标名称"),
        ),
        PERIOD,
        Column(
            "value",
            "数值",
            "value",
            "value",
            N_(
                "The figure. Money is in 10,000 yuan, unless the header or the cell names another unit; "
                "counts, points and per cent are the figure itself."
            ),
            required=True,
            aliases=("业绩值", "实际值", "完成值", "完成数", "实绩", "figure", "amount"),
        ),
    ),
    aliases=("业绩表", "业绩明细", "经营业绩", "业绩数据", "outturn", "performance"),
)

CERTIFICATES = Table(
    "certificates",
    "证书",
    "certificates",
    N_("Certificates held, one line a person and certificate."),
    (
        PERSON,
        Column(
            "certificate",
            "证书",
            "certificate",
            "certificate",
            N_("The certificate, one of those the scheme knows."),
            required=True,
            aliases=("证书名称", "资格证书", "资格证", "持有证书"),
        ),
        Column(
            "valid_from",
            "起",
            "valid_from",
            "date",
            N_("First day it is valid, for instance 2003-01-05. Blank: since ever."),
            aliases=("有效期起", "生效日期", "起始日期", "取得日期", "发证日期", "valid from", "from"),
        ),
        Column(
            "valid_to",
            "止",
            "valid_to",
            "date",
            N_("Last day it is valid, counted too. Blank or 长期: without end."),
            aliases=("有效期止", "失效日期", "到期日", "到期日期", "截止日期", "valid to", "to", "expires"),
        ),
    ),
    aliases=("证书表", "资格证书", "持证情况", "证书情况", "资格证书表"),
)

STANDINGS = Table(
    "standings",
    "历史等级",
    "standings",
    N_("The tier or grade somebody had in periods before, one line a person and period."),
    (
        PERSON,
        PERIOD,
        Column(
            "tier",
            "等级",
            "tier",
            "standing",
            N_("The tier or grade of that period, one of those the scheme knows."),
            required=True,
            aliases=("级别", "职级", "历史等级", "原等级", "上期等级", "上年等级", "grade", "level"),
        ),
        Column(
            "probation",
            "见习/试用",
            "probation",
            "yes_no",
            N_("Whether the person was on probation in it."),
            aliases=("见习", "试用", "见习期", "试用期", "是否见习", "是否试用", "on probation"),
            blank=N_("no"),
        ),
    ),
    aliases=("历史等级表", "往期等级", "上期等级", "等级历史", "past tiers", "history"),
)

# Columns of the staff table that some schemes read.
FURTHER_STAFF = (
    Column(
        "education",
        "学历",
        "education",
        "education",
        N_("The highest education, one of the scheme's ladder."),
        aliases=("最高学历", "文化程度", "学历层次", "education level"),
    ),
    Column(
        "bank_years",
        "银行从业年限",
        "bank_years",
        "years",
        N_("Years worked in a bank, for instance 3 or 3.5."),
        aliases=("银行工作年限", "银行工龄", "行龄", "years in banking"),
        low=0,
        high=80,
    ),
    Column(
        "serious_breach",
        "严重违规",
        "serious_breach",
        "yes_no",
        N_("Whether there was a serious breach of rules. Blank: the table does not say."),
        aliases=("是否严重违规", "重大违规", "有无严重违规", "严重违规行为", "serious breach of rules"),
    ),
    Column(
        "position",
        "人员类别",
        "position",
        "position",
        N_(
            "Whether the person is regular staff, a trainee or an agent; the last two stand outside the ladder."
        ),
        aliases=("用工类别", "人员性质", "员工类别", "岗位性质", "staff category"),
        blank=N_("regular"),
    ),
)
