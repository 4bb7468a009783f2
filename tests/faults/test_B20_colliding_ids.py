"""B20: ids that are the same after NFKC are an error that shows both rows."""

from raw_tables import check, codes, said, with_column


def test_B20_ids_that_collide_after_nfkc() -> None:
    intake = check(with_column("客户号", ["A001", "Ａ００１"]))
    assert intake.case is None
    (error,) = intake.errors
    assert error.code == "id-collision" and error.where == "clients!A3"
    text = error.render("en")
    assert "clients!A2" in text and "样例企业 001" in text and "样例企业 002" in text
    assert "“A001”" in error.render("zh")


def test_B20_a_space_or_an_invisible_character_does_not_make_another_id() -> None:
    for other in (" A001", "A 001", "A\u200b001", "A001\u3000"):
        assert codes(check(with_column("客户号", ["A001", other])).errors) == ["id-collision"], repr(other)


def test_B20_other_letters_are_other_ids() -> None:
    intake = check(with_column("客户号", ["A001", "a001"]))
    assert intake.case is not None, said(intake.errors)
