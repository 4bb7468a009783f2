"""The few words that columns of words take, whatever the scheme."""

from __future__ import annotations

from cmopt.intake.columns.base import Choice

CHOICES: dict[str, tuple[Choice, ...]] = {
    "yes_no": (
        Choice(True, "是", "yes", ("y", "true", "t", "1", "√", "✓", "✔", "☑", "有")),
        Choice(False, "否", "no", ("n", "false", "f", "0", "×", "✗", "✘", "无", "没有")),
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
    "position": (
        Choice("regular", "正式", "regular", ("正式员工", "在岗", "permanent")),
        Choice("trainee", "见习", "trainee", ("见习生", "见习人员", "实习", "试用")),
        Choice("agent", "代办", "agent", ("代办员", "业务代办员", "代理")),
    ),
}

# What stands in place of a last day where there is none.
LASTING = frozenset({"长期", "长期有效", "永久", "永久有效", "无期限", "permanent", "unlimited", "noend"})

TICKS = frozenset("√✓✔☑×✗✘")
