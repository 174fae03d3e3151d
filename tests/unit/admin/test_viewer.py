"""Who may see and do what."""

from __future__ import annotations

from hermes.admin.viewer import Viewer, ViewerRole


def test_an_operator_without_projects_sees_everything_and_acts() -> None:
    viewer = Viewer(name="olga", role=ViewerRole.OPERATOR)

    assert viewer.operates
    assert viewer.sees_all
    assert viewer.sees("acme/site")
    assert viewer.sees(None)


def test_a_reader_of_one_project_sees_no_other_and_does_not_act() -> None:
    viewer = Viewer(name="acme", role=ViewerRole.READER, projects=frozenset({"acme/site"}))

    assert not viewer.operates
    assert not viewer.sees_all
    assert viewer.sees("acme/site")
    assert not viewer.sees("other/site")
    assert not viewer.sees(None)
