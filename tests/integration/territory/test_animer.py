"""The animator's pages: who may open them, and what their forms do.

The territory is that of the Hautes-Alpes (05); organisations made by hand are there
before the first plan.
"""

from __future__ import annotations

import html
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.territory import jobs, progress
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity
from tests.integration.publishing.conftest import Desk

Call = Callable[..., Any]
PASSWORD = "un mot de passe d'essai"
HOME = "/animer/territoire"
PERIMETERS = f"{HOME}/perimetres"
HEAD = Register.load().head("05")
OTHER = Register.load().by_siren(str(Register.load().communes("05")[0].epci_siren))
assert HEAD is not None
assert OTHER is not None
SIREN = HEAD.siren
#: An intercommunalité of the Haute-Saône, that no test applies.
UNSET = "247000821"


@pytest.fixture
def administrator(portal: None) -> str:
    return str(factories.Sysadmin(password=PASSWORD)["name"])


@pytest.fixture
def person(portal: None) -> Callable[..., str]:
    def make(siren: str = "", capacity: str = "admin") -> str:
        user = factories.User(name=f"animer-{uuid.uuid4().hex[:10]}", password=PASSWORD)
        if siren:
            row = model.Session.get(Collectivity, siren)
            assert row is not None
            asked = {"id": row.org_id, "username": user["name"], "role": capacity}
            tk.get_action("organization_member_create")({"ignore_auth": True}, asked)
        return str(user["name"])

    return make


def define(call_as: Call, administrator: str, siren: str, kind: str, code: str) -> None:
    call_as(
        administrator,
        "odlocale_perimeter_set",
        atd_siren=siren,
        definition={"include": [{"kind": kind, "code": code}]},
    )


@pytest.fixture
def defined(call_as: Call, administrator: str) -> None:
    """Two ATDs, both already on the portal: the département, and one EPCI of it."""
    define(call_as, administrator, SIREN, "departement", "05")
    define(call_as, administrator, OTHER.siren, "epci", OTHER.siren)
    for siren in (SIREN, OTHER.siren):
        if model.Session.get(Collectivity, siren) is None:
            call_as(administrator, "odlocale_territory_apply", perimeters=[siren])


def read(desk: Desk) -> str:
    return html.unescape(desk.page)


def hidden(desk: Desk, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', desk.page)
    assert found is not None, name
    return html.unescape(found[1])


GETS = [HOME, f"{HOME}/plan.csv", f"{HOME}/plan.json", PERIMETERS, f"{HOME}/cibles"]
POSTS = [
    f"{HOME}/appliquer",
    f"{HOME}/reponses",
    f"{HOME}/reponses/retirer",
    f"{PERIMETERS}/nouveau",
    f"{PERIMETERS}/{SIREN}",
    f"{PERIMETERS}/{SIREN}/supprimer",
    f"{HOME}/cibles",
    f"{HOME}/cibles/fixer",
]


class TestRights:
    @pytest.mark.parametrize("address", GETS)
    @pytest.mark.parametrize("who", ["stranger", "editor of the ATD", "agent"])
    def test_nobody_else_opens_a_page(
        self, who: str, address: str, defined: None, person: Any, app: Any
    ) -> None:
        commune = Register.load().communes("05")[0].siren
        user = {
            "stranger": lambda: person(),
            "editor of the ATD": lambda: person(SIREN, "editor"),
            "agent": lambda: person(commune, "admin"),
        }[who]()
        desk = Desk(app, user).get(address)
        assert desk.response.status_code == 403
        assert HEAD.name not in desk.page.split("<main")[1].split("</main")[0]

    @pytest.mark.parametrize("address", GETS)
    def test_a_visitor_logs_in_and_comes_back(self, address: str, app: Any) -> None:
        desk = Desk(app, None).get(address)
        assert desk.address == "/user/login"
        assert address in desk.response.request.full_path.replace("%2F", "/")

    @pytest.mark.parametrize("address", POSTS)
    def test_nobody_else_sends_a_form(
        self, address: str, defined: None, person: Any, app: Any
    ) -> None:
        desk = Desk(app, person()).get("/user/edit")
        desk.post(address, {"perimetre": SIREN, "do": "save"})
        assert desk.response.status_code == 403
        assert model.Session.get(AtdPerimeter, SIREN) is not None

    @pytest.mark.parametrize("address", POSTS[3:6])
    def test_an_animator_reads_her_perimeter_and_cannot_change_it(
        self, address: str, defined: None, person: Any, app: Any
    ) -> None:
        desk = Desk(app, person(SIREN)).get(f"{PERIMETERS}/{SIREN}")
        assert desk.response.status_code == 200
        assert 'name="do"' not in desk.page
        desk.get(HOME).post(address, {"do": "save", "name": "À moi"})
        assert desk.response.status_code == 403

    def test_an_animator_sees_nothing_of_another_territory(
        self, defined: None, person: Any, app: Any, call_as: Call
    ) -> None:
        user = person(OTHER.siren)
        desk = Desk(app, user).get(f"{HOME}?perimetre={SIREN}")
        assert HEAD.full_name not in read(desk).split("<main")[1].split("</main")[0]
        assert desk.get(f"{PERIMETERS}/{SIREN}").response.status_code == 403
        for action in ("plan", "apply", "apply_later"):
            with pytest.raises(tk.NotAuthorized):
                call_as(user, f"odlocale_territory_{action}", perimeters=[SIREN])

    @pytest.mark.parametrize("address", POSTS)
    def test_a_form_of_another_site_does_nothing(
        self, address: str, defined: None, administrator: str, app: Any
    ) -> None:
        desk = Desk(app, administrator).get(HOME)
        before = count_jobs()
        sent = {"perimetre": SIREN, "do": "save", "atd_siren": SIREN, "name": "Volé"}
        answer = desk.client.post(address, data=sent)
        assert "Votre session était terminée" in html.unescape(answer.text)
        model.Session.expire_all()
        kept = model.Session.get(AtdPerimeter, SIREN)
        assert kept is not None
        assert kept.name != "Volé"
        assert count_jobs() == before


def count_jobs() -> int:
    found = sa.select(sa.func.count()).where(
        model.TaskStatus.task_type == "odlocale_territory_apply"
    )
    return int(model.Session.scalar(found))


class TestPlanAndApply:
    def test_exactly_the_plan_that_was_read_is_applied(
        self, defined: None, administrator: str, person: Any, app: Any
    ) -> None:
        desk = Desk(app, administrator).get(f"{HOME}?perimetre={SIREN}")
        rename_a_commune()
        desk.get(f"{HOME}?perimetre={SIREN}")
        digest = hidden(desk, "digest")
        animator = Desk(app, person(SIREN)).get(f"{HOME}?perimetre={SIREN}")
        assert hidden(animator, "digest") == digest
        sent = {"perimetre": SIREN, "registre": "2026", "digest": digest}
        animator.post(f"{HOME}/appliquer", sent)
        job = animator.address.rsplit("/", 1)[1]
        assert animator.address == f"{HOME}/suivi/{job}"
        assert "Vous pouvez fermer cette page" in read(animator)
        assert '<noscript><meta http-equiv="refresh"' in animator.page
        run(job, animator)
        animator.get(f"{HOME}/suivi/{job}")
        assert "Le plan est appliqué" in read(animator)
        assert "refresh" not in animator.page.split("</head>")[0]
        animator.get(f"{HOME}?perimetre={SIREN}")
        assert "Tout est à jour" in read(animator)
        # A second send of the same form finds another plan.
        animator.get(HOME).post(f"{HOME}/appliquer", sent)
        assert animator.address == f"{HOME}/appliquer"
        assert "Le portail a changé depuis ce plan" in read(animator)

    def test_nobody_follows_the_work_of_another(
        self, defined: None, administrator: str, person: Any, app: Any
    ) -> None:
        user = model.User.get(administrator)
        job = progress.begin(user.id)
        assert (
            Desk(app, person(SIREN)).get(f"{HOME}/suivi/{job}").response.status_code
            == 403
        )
        desk = Desk(app, administrator).get(f"{HOME}/suivi/nulle-part")
        assert desk.response.status_code == 404

    def test_a_killed_worker_is_said_and_nothing_is_half_done(
        self, administrator: str, app: Any
    ) -> None:
        job = progress.begin(model.User.get(administrator).id)
        progress.tell(job, "writing", 1, 3)
        long_ago = sa.text(
            "UPDATE task_status SET last_updated = now() - interval '1 day'"
            " WHERE entity_id = :job"
        )
        model.Session.execute(long_ago, {"job": job})
        model.Session.commit()
        desk = Desk(app, administrator).get(f"{HOME}/suivi/{job}")
        assert "Le travail s’est interrompu" in read(desk)
        assert "Recommencer" in read(desk)

    def test_a_refused_application_says_why(self, administrator: str, app: Any) -> None:
        job = progress.begin(model.User.get(administrator).id)
        progress.fail(job, ["Quelqu’un change le territoire."])
        desk = Desk(app, administrator).get(f"{HOME}/suivi/{job}")
        assert "Quelqu’un change le territoire." in read(desk)
        assert "Rien n’a changé" in read(desk)

    def test_it_is_exported_whole(
        self, defined: None, administrator: str, app: Any
    ) -> None:
        desk = Desk(app, administrator)
        plan = desk.get(f"{HOME}/plan.json?perimetre={SIREN}").response.json
        rows = desk.get(f"{HOME}/plan.csv?perimetre={SIREN}").page.splitlines()
        assert len(rows) == len(plan["steps"]) + 1
        assert rows[0].startswith("\ufeffCe qui sera fait;")

    @pytest.mark.parametrize(
        "query",
        ["page=0", "page=99999999", "verdict=x", "q=%25", "registre=1789", "q=%00"],
    )
    def test_an_altered_address_still_answers(
        self, query: str, defined: None, administrator: str, app: Any
    ) -> None:
        desk = Desk(app, administrator).get(f"{HOME}?perimetre={SIREN}&{query}")
        assert desk.response.status_code == 200

    def test_a_large_plan_is_a_light_page(
        self, defined: None, administrator: str, app: Any
    ) -> None:
        desk = Desk(app, administrator)
        desk.get(f"{HOME}?perimetre={SIREN}&verdict=unchanged")
        assert desk.page.count("<tr>") == 51
        assert len(desk.page) < 100_000


def rename_a_commune() -> None:
    """Make the portal differ from the register by one name."""
    row = model.Session.get(Collectivity, Register.load().communes("05")[3].siren)
    assert row is not None
    model.Group.get(row.org_id).title = f"Ancien nom {uuid.uuid4().hex[:4]}"
    model.Session.commit()


def run(job: str, desk: Desk) -> None:
    """Do what the worker would: the arguments of the job that waits."""
    from ckan.lib.jobs import get_queue

    found = [one for one in get_queue().jobs if one.args and one.args[0] == job]
    assert len(found) == 1
    arguments = found[0].args
    found[0].delete()
    jobs.apply_territory(*arguments)


class TestDoubts:
    def test_a_doubt_is_asked_kept_and_asked_again(
        self, call_as: Call, administrator: str, app: Any
    ) -> None:
        # Never applied: no commune of it has an organisation yet.
        define(call_as, administrator, UNSET, "epci", UNSET)
        communes = Register.load().members(UNSET)
        doubtful = factories.Organization(
            name=f"mairie-{uuid.uuid4().hex[:8]}",
            title=f"Mairie de {communes[0].name}",
            siren=communes[0].siren,
            insee=str(communes[1].insee),
        )
        where = f"{HOME}?perimetre={UNSET}"
        desk = Desk(app, administrator).get(where)
        name = f"answer-{doubtful['id']}"
        assert f'name="{name}"' in desk.page
        desk.post(f"{HOME}/reponses", {"perimetre": UNSET})
        assert "Choisissez d’abord une réponse" in read(desk)
        desk.post(f"{HOME}/reponses", {"perimetre": UNSET, name: "none"})
        assert "Vos réponses sont gardées" in read(desk)
        assert f'name="{name}"' not in desk.page
        # Another day, from another computer.
        again = Desk(app, administrator).get(where)
        assert f'name="{name}"' not in again.page
        assert doubtful["id"] in again.page
        back = {"organization": doubtful["id"], "back": where, "perimetre": UNSET}
        again.post(f"{HOME}/reponses/retirer", back)
        assert f'name="{name}"' in again.page
        # An answer that cannot be followed any more is said, and taken back here.
        again.post(f"{HOME}/reponses", {"perimetre": UNSET, name: communes[0].siren})
        call_as(administrator, "organization_delete", id=doubtful["id"])
        again.get(where)
        assert "Rien n’a changé" in read(again)
        again.post(f"{HOME}/reponses/retirer", back)
        assert "Rien n’a changé" not in read(again)
        call_as(administrator, "odlocale_perimeter_delete", atd_siren=UNSET)


class TestPerimeters:
    def test_one_is_written_without_javascript(
        self, administrator: str, app: Any
    ) -> None:
        desk = Desk(app, administrator).get(f"{PERIMETERS}/nouveau")

        def press(do: str, **typed: Any) -> Desk:
            carried = {name: hidden(desk, name) for name in ("definition", "atd_siren")}
            name = re.search(r'id="name" name="name" value="([^"]*)"', desk.page)
            assert name is not None
            kept = {"name": html.unescape(name[1]), "colour": "#005d7a"}
            where = f"{PERIMETERS}/nouveau"
            return desk.post(where, {**carried, **kept, **typed, "do": do})

        press("find", atd_text="briançonnais")
        assert hidden(desk, "atd_siren")
        siren = hidden(desk, "atd_siren")
        press("include", kind="epci", text=siren)
        press("exclude", kind="commune", text="introuvable")
        assert "Rien ne s’appelle introuvable" in read(desk)
        assert 'value="introuvable"' in desk.page
        left = Register.load().members(siren)[0]
        press("auto", kind="commune", text="")
        press("exclude", kind="commune", text=str(left.insee))
        listed = "INSEE;Nom\n05061;Gap\n99999;Nulle part\n0506;Sans zéro\n"
        file = (io.BytesIO(listed.encode()), "liste.csv")
        press("list", list=file)
        assert "99999" in desk.page
        assert re.search(r'<th scope="row">3</th>', desk.page)
        assert "Gap" in desk.page
        press("save")
        assert desk.address == HOME
        model.Session.expire_all()
        kept = model.Session.get(AtdPerimeter, siren)
        assert kept is not None
        assert kept.definition["exclude"] == [{"kind": "commune", "code": left.insee}]
        assert {"kind": "commune", "code": "05061"} in kept.definition["include"]
        desk.get(f"{PERIMETERS}/{siren}/supprimer")
        assert "perdent leurs droits" in read(desk)
        desk.post(f"{PERIMETERS}/{siren}/supprimer", {})
        assert desk.address == PERIMETERS
        model.Session.expire_all()
        assert model.Session.get(AtdPerimeter, siren) is None

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"colour": "#ffffff"}, "colour"),
            ({"colour": "javascript:"}, "colour"),
            ({"definition": "{"}, "text"),
            ({"atd_siren": "123456789"}, "atd_text"),
            ({"atd_siren": ""}, "atd_text"),
        ],
        ids=str,
    )
    def test_what_cannot_be_saved_is_said_and_nothing_is_lost(
        self, wrong: dict[str, str], said: str, administrator: str, app: Any
    ) -> None:
        whole = '{"include": [{"kind": "departement", "code": "04"}]}'
        right = {
            "atd_siren": str(Register.load().head("04").siren),
            "name": "Un nom tapé",
            "colour": "",
            "definition": whole,
        }
        desk = Desk(app, administrator).get(f"{PERIMETERS}/nouveau")
        desk.post(f"{PERIMETERS}/nouveau", {**right, **wrong, "do": "save"})
        assert desk.response.status_code == 200
        assert re.search(r"<title>\s*À corriger", desk.page)
        assert 'value="Un nom tapé"' in read(desk)
        assert f'href="#{said}"' in desk.page

    def test_what_is_not_a_list_is_said(self, administrator: str, app: Any) -> None:
        desk = Desk(app, administrator).get(f"{PERIMETERS}/nouveau")
        for content in (b"", b"\x00\x01\x02", b"Nom\nGap\n", b"%PDF-1.4"):
            file = (io.BytesIO(content), "liste.xlsx")
            desk.post(
                f"{PERIMETERS}/nouveau",
                {"do": "list", "list": file, "name": "Un nom tapé"},
            )
            assert desk.response.status_code == 200
            assert 'id="list-error"' in desk.page
            assert "Un nom tapé" in desk.page

    def test_a_file_that_is_too_large_is_refused(
        self, administrator: str, app: Any
    ) -> None:
        desk = Desk(app, administrator).get(f"{PERIMETERS}/nouveau")
        file = (io.BytesIO(b"1" * 12 * 1024 * 1024), "liste.csv")
        desk.post(f"{PERIMETERS}/nouveau", {"do": "list", "list": file})
        assert desk.response.status_code == 413
        assert "Une liste pèse 5 Mo au plus" in read(desk)
