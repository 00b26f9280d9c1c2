#!/usr/bin/env python3
"""Writes users.jsonl: 1,200 invented people for trying Roster, the same bytes on every run.

    python3 make_users.py           # write users.jsonl beside this script
    python3 make_users.py --check   # exit 1 if the file is not what this script would write
"""

import json
import pathlib
import random
import re
import sys
import unicodedata
from datetime import datetime, timedelta, timezone

PEOPLE, SERVICE_ACCOUNTS = 1_165, 35
FIRST_DAY = datetime(2019, 1, 7, 8, tzinfo=timezone.utc)
LAST_CREATION = datetime(2026, 6, 30, 17, tzinfo=timezone.utc)
LAST_LOGIN = datetime(2026, 10, 30, 17, tzinfo=timezone.utc)

# Locale: the pattern of a full name, given names, family names. A name in another script has a
# slash and its spelling in emails; "_" stands for a space inside one name.
CULTURES = {
    "en-GB": ("{given} {family}",
              "Grace Oliver Imogen Theo Siân Callum Zoë Rhys",
              "Ashworth Blackwood O'Connor Smith-Jones D'Arcy Featherstonehaugh McAllister Wren"),
    "ga-IE": ("{given} {family}",
              "Aoife Ciarán Niamh Oisín Róisín Seán Gráinne Tadhg",
              "Ó_Súilleabháin Ní_Dhomhnaill Mac_Giolla O'Brien Ó_Briain Nic_Gearailt"),
    "de-DE": ("{given} {family}",
              "Jürgen Käthe Sören Anneliese Björn Ulrike Karl-Heinz Mareike",
              "Müller Groß Schröder Weiß von_Bülow Leutheusser-Schnarrenberger Köhler Zimmermann"),
    "fr-FR": ("{given} {family}",
              "Amélie François Jean-Luc Noémie Anaïs Gaël Maëlys Thibaut",
              "Lefèvre d'Estaing Château-Renault Benoît L'Hermite Crèvecœur Dubois Nguyen"),
    "es-MX": ("{given} {family}",
              "María_José Íñigo Begoña Ángel Lucía Joaquín Xóchitl Óscar",
              "Núñez García_Márquez Peña_y_Lillo Ibáñez de_la_Cruz Muñoz Echeverría Quiñones"),
    "pt-BR": ("{given} {family}",
              "João Conceição Inês Vinícius Fátima Antônio Letícia Simão",
              "Gonçalves dos_Santos Simões Assunção Magalhães e_Silva Brandão Araújo"),
    "sv-SE": ("{given} {family}",
              "Åsa Göran Märta Örjan Linnéa Sixten Ylva Håkan",
              "Ångström Lindqvist Sjöberg Öberg Nordenskiöld Ekström Bäck"),
    "da-DK": ("{given} {family}",
              "Søren Bjørk Åge Mette Ægir Kirstine",
              "Kjærgaard Østergaard Møller Ødegård Nørgaard"),
    "is-IS": ("{given} {family}",
              "Þórdís Guðrún Sigurður Hallgrímur Ásta",
              "Jónsdóttir Þorvaldsson Guðmundsdóttir Ragnarsson"),
    "pl-PL": ("{given} {family}",
              "Łukasz Małgorzata Zbigniew Żaneta Krzysztof Grażyna",
              "Brzęczyszczykiewicz Wójcik Żółkiewska Kowalska-Śmigły Jabłoński"),
    "cs-CZ": ("{given} {family}",
              "Jiří Božena Řehoř Žofie Šárka Zdeněk",
              "Dvořák Nováková Kučera Čapková Šťastný"),
    "hu-HU": ("{family} {given}",
              "Zsófia István Győző Eszter Ödön",
              "Szabó Kővágó Nagy Erdős Csíkszentmihályi"),
    "tr-TR": ("{given} {family}",
              "Ayşe Çağla Oğuz Şükrü Gülşah Umut",
              "Yılmaz Öztürk Şahin Çelik Doğan"),
    "vi-VN": ("{family} {given}",
              "Thị_Minh_Khai Văn_Hùng Ánh_Tuyết Đức_Anh Quốc_Bảo",
              "Nguyễn Trần Lê Phạm Đặng"),
    "yo-NG": ("{given} {family}",
              "Ọláyínká Adébáyọ̀ Ṣadé Fọlákẹ́ Táíwò",
              "Ọláwálé Ṣóyínká Adéyẹmí Ògúndélé"),
    "haw-US": ("{given} {family}",
               "Keʻala Kaʻiulani Nāinoa Malia",
               "Kahananui Kealiʻiwahamana Keolanui"),
    "ru-RU": ("{given} {family}",
              "Анна/anna Дмитрий/dmitrii Ольга/olga Артём/artyom Юлия/yulia Сергей/sergei",
              "Иванова/ivanova Щербаков/shcherbakov Королёв/korolyov Римская-Корсакова/rimskaya"),
    "uk-UA": ("{given} {family}",
              "Олександр/oleksandr Ївга/yivha Марічка/marichka Григорій/hryhorii",
              "Шевченко/shevchenko Ковальчук/kovalchuk Заєць/zaiets Ґалаґан/galagan"),
    "el-GR": ("{given} {family}",
              "Αλέξανδρος/alexandros Ελένη/eleni Γιώργος/giorgos Σοφία/sofia Άννα/anna",
              "Παπαδόπουλος/papadopoulos Οικονόμου/ikonomou Ζαχαριάδης/zachariadis"),
    "zh-CN": ("{family}{given}",
              "伟/wei 秀英/xiuying 子涵/zihan 建国/jianguo 雨桐/yutong",
              "王/wang 李/li 欧阳/ouyang 张/zhang 诸葛/zhuge"),
    "ja-JP": ("{family} {given}",
              "さくら/sakura 健太郎/kentaro ユカ/yuka 翔/sho 美咲/misaki",
              "渡邉/watanabe 佐々木/sasaki 髙橋/takahashi 五十嵐/igarashi"),
    "ko-KR": ("{family}{given}",
              "민준/minjun 서연/seoyeon 지훈/jihoon 하은/haeun",
              "김/kim 박/park 이/lee 남궁/namgung"),
    "ar-EG": ("{given} {family}",
              "محمد/mohamed فاطمة/fatima يوسف/youssef نور/nour",
              "الراشد/alrashid عبد_الله/abdullah حداد/haddad الفيومي/alfayoumi"),
    "fa-IR": ("{given} {family}",
              "علی\u200cرضا/alireza شیرین/shirin پرویز/parviz",
              "محمدی/mohammadi گلستانی/golestani ژاله\u200cپور/zhalehpour"),
    "he-IL": ("{given} {family}",
              "נועה/noa ג׳ורג׳/george שירה/shira",
              "כהן/cohen בן־גוריון/bengurion לוי/levi"),
    "hi-IN": ("{given} {family}",
              "श्रेया/shreya अर्जुन/arjun प्रिया/priya कृष्ण/krishna",
              "शर्मा/sharma क्षत्रिय/kshatriya चट्टोपाध्याय/chattopadhyay"),
    "th-TH": ("{given} {family}",
              "สมชาย/somchai พิมพ์ชนก/pimchanok ณัฐวุฒิ/nattawut",
              "ศรีสุวรรณ/srisuwan วงศ์สวัสดิ์/wongsawat"),
    "ka-GE": ("{given} {family}",
              "ნინო/nino გიორგი/giorgi თამარ/tamar",
              "ბერიძე/beridze ჯავახიშვილი/javakhishvili"),
    "hy-AM": ("{given} {family}",
              "Արամ/aram Անահիտ/anahit",
              "Հակոբյան/hakobyan Սարգսյան/sargsyan"),
    "am-ET": ("{given} {family}",
              "አበበ/abebe ጽጌረዳ/tsigereda",
              "ቢቂላ/bikila ኃይሌ/haile"),
}

# Names that careless programs handle wrongly, each with the local part of its email.
TROUBLESOME_NAMES = {
    "Y": "y",
    "Ravi": "ravi",
    "Christopher Null": "christopher.null",
    "Robert'); DROP TABLE users;--": "little.bobby",
    'Samuel "Sam" Adéyẹmí, Jr.': "sam.adeyemi",
    "Miles O'Brien-O'Shea": "miles.o'brien",
    "X Æ A-12 Lindqvist": "x.ae.a-12",
    "Zoë 🦊 Fuchs": "zoe.fuchs",
    "The 👩‍👩‍👧 Household": "household",
    "İbrahim Işık": "ibrahim.isik",
    "Straße & Söhne <Vertrieb>": "vertrieb",
    "Back\\slash Percent%20 {Brace}": "backslash",
    "true": "true",
    "Line\u2028Separator": "line.separator",
    "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Csíkszentmihályi": "w",
    "Ana Sofía Guadalupe " + "de los Ángeles y " * 13 + "Quiñones": "ana.sofia",
}

# Organization, weight, domain. Some domains are internationalized. solo gets its one person later.
ORGANIZATIONS = [
    ("acme", 190, "acme.example"),
    ("globex", 140, "globex.example"),
    ("initech", 105, "initech.example"),
    ("northwind", 90, "northwind.example"),
    ("bluebird", 75, "bluebird.example"),
    ("cobalt-works", 65, "cobalt.example"),
    ("fjord-systems", 60, "fjord.example"),
    ("evergreen", 52, "evergreen.example"),
    ("helios-energy", 48, "helios.example"),
    ("juniper-health", 44, "juniper.example"),
    ("buecher", 40, "bücher.example"),
    ("quartz", 36, "quartz.example"),
    ("sakura", 33, "さくら.example"),
    ("lantern", 30, "lantern.example"),
    ("primer", 27, "пример.example"),
    ("harbor-light", 24, "harbor.example"),
    ("tessera", 21, "tessera.example"),
    ("umbra", 18, "umbra.example"),
    ("velvet-fox", 15, "velvet.example"),
    ("windmill", 12, "windmill.example"),
    ("zephyr", 9, "zephyr.example"),
    ("kiosk", 6, "kiosk.example"),
    ("two-and-co", 4, "two.example"),
    ("org-7f3a", 3, "7f3a.example"),
    ("solo", 0, "solo.example"),
]
COMPANIES = ["Alder & Finch", "Łódź Robotics", "株式会社こだま", "Groß & Söhne GmbH",
             "Σίσυφος Α.Ε.", "Smith, Smith & Smythe", "Ngā Tāngata Ltd", "Blue Harbour",
             "Ionic Design", "ООО Ромашка"]
JOB_TITLES = ["Accountant", "Data Analyst", "Directrice générale", "Engineering Manager",
              "Ingénieure logicielle", "Lagerarbeiter/in", "Office Administrator",
              "Product Designer", "Sales Representative", "Software Engineer",
              "Support Specialist", "VP, People & Culture", "инженер", "营销经理"]
GROUPS = ["all-hands", "beta", "billing", "design", "infra", "mobile", "on-call", "research",
          "support", "東京オフィス"]
LABELS = ["billing", "editor", "reviewer", "auditor", "team:infra"]
PROVIDERS = ["google", "github", "okta", "entra"]
CITIES = ["Łódź", "Reykjavík", "München", "São Paulo", "Αθήνα", "Київ", "大阪", "القاهرة", "Austin"]
TIME_ZONES = ["Europe/Warsaw", "Asia/Tokyo", "America/Sao_Paulo", "Africa/Cairo", "UTC"]
SERVICES = ["deploy", "backup", "webhooks", "metrics", "search-indexer", "mail-relay", "sso-sync"]

# Letters that Unicode does not decompose into a base letter and an accent.
PLAIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th",
                               "ð": "d", "đ": "d", "ı": "i"})


class Chance:
    """Uses only random(), the one method whose results Python promises never to change."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def happens(self, share):
        return self.random() < share

    def below(self, count):
        return int(self.random() * count)

    def pick(self, values):
        return values[self.below(len(values))]

    def pick_weighted(self, rows):
        """A random row, weighted by its second value."""
        at = self.random() * sum(row[1] for row in rows)
        for row in rows:
            at -= row[1]
            if at < 0:
                return row
        return rows[0]

    def some(self, values, most):
        return sorted({self.pick(values) for _ in range(1 + self.below(most))})

    def between(self, first, last, lean=1.0):
        """A random moment; a lean below 1 favours later ones."""
        span = int((last - first).total_seconds() * 1000)
        return first + timedelta(milliseconds=int(span * self.random() ** lean))


class Taken:
    """Makes texts unique by adding a number to their local part."""

    def __init__(self):
        self.texts = set()

    def claim(self, local, domain=""):
        text, number = local + domain, 1
        while text in self.texts:
            number += 1
            text = f"{local}{number}{domain}"
        self.texts.add(text)
        return text


def latin(text):
    """The lower-case Latin letters with which people write a name in an email."""
    plain = unicodedata.normalize("NFD", text.lower().translate(PLAIN_LETTERS))
    return re.sub(r"[^a-z0-9-]", "", plain)


def as_local_part(name):
    """The local part of an email with the name's own letters."""
    return re.sub(r"[ '\u200c]", "", name.lower())


def draw_name(chance, names):
    """A random name, as written and as spelled in an email."""
    written, _, spelled = chance.pick(names.split(" ")).partition("/")
    written = written.replace("_", " ")
    return written, spelled or latin(written)


def draw_full_name(chance):
    locale = chance.pick(list(CULTURES))
    pattern, given_names, family_names = CULTURES[locale]
    given, given_latin = draw_name(chance, given_names)
    family, family_latin = draw_name(chance, family_names)
    # Some addresses keep the letters of the name, as RFC 6531 allows.
    if chance.happens(0.04):
        given_latin, family_latin = as_local_part(given), as_local_part(family)
    styles = [f"{given_latin}.{family_latin}"] * 5 + [
        f"{given_latin[0]}{family_latin}", f"{family_latin}_{given_latin}", given_latin]
    return locale, pattern.format(given=given, family=family), chance.pick(styles)


def draw_organization(chance):
    name, _, domain = chance.pick_weighted(ORGANIZATIONS)
    return name, domain


def person(chance, taken):
    """A user with a name, an email and an organization. Other functions add the rest."""
    locale, name, local = draw_full_name(chance)
    organization, domain = draw_organization(chance)
    if chance.happens(0.05):
        local += "+" + chance.pick(["roster", "test", "2024", "news.letter"])
    if chance.happens(0.08):
        domain = chance.pick(["mail.example", "example.net", "sub.domain.example.org"])
    user = {"email": taken.claim(local, "@" + domain), "name": name, "org_id": organization}
    add_roles(chance, user)
    add_profile(chance, user, locale)
    if chance.happens(0.2):
        add_oauth(chance, user)
    elif chance.happens(0.1):
        user["username"] = taken.claim(re.sub(r"[^a-z0-9_.-]", "", local) or "user")
    add_state(chance, user)
    return user


def add_roles(chance, user):
    if chance.happens(0.06):
        user["roles"] = ["annotator"]
        if chance.happens(0.2):
            user["is_developer"] = True
    elif chance.happens(0.1):
        user["roles"] = sorted(["member"] + chance.some(LABELS, 2))
    elif chance.happens(0.01):
        # These labels grant nothing, so these people can call no method at all.
        user["roles"] = [chance.pick(LABELS)]
    if chance.happens(0.07) and "is_developer" not in user:
        user["is_developer"] = False


def add_profile(chance, user, locale):
    if chance.happens(0.4):
        user["avatar_url"] = f"https://avatars.example/{chance.below(16**8):08x}.png?s=128"
    if chance.happens(0.6):
        user["company"] = chance.pick(COMPANIES)
    if chance.happens(0.7):
        user["job_title"] = chance.pick(JOB_TITLES)
    if chance.happens(0.45):
        user["metadata"] = draw_metadata(chance, locale)
    if chance.happens(0.4):
        user["auto_groups"] = chance.some(GROUPS, 3)


def draw_metadata(chance, locale):
    kind = chance.below(6)
    if kind == 0:
        return {"locale": locale, "time_zone": chance.pick(TIME_ZONES)}
    if kind == 1:
        return {"preferences": {"theme": chance.pick(["dark", "light"]), "language": locale[:2],
                                "notifications": {"email": chance.happens(0.7), "push": False},
                                "quiet_hours": ["22:00", "06:30"]}}
    if kind == 2:
        return {"address": {"city": chance.pick(CITIES), "geo": [chance.below(180) - 89.5, 17.25]}}
    if kind == 3:
        return {"tags": chance.some(GROUPS, 4), "seats": 1 + chance.below(9), "score": 0.75}
    if kind == 4:
        # Above 2^53, where programs that read numbers as doubles lose the last digits.
        return {"legacy": {"id": 9_007_199_254_740_993 + chance.below(10**6), "source": "ldap",
                           "dn": f"cn={chance.pick(SERVICES)},ou=people,dc=example"}}
    return {"note": "first line\nsecond line\t\"quoted\" \\ back", "empty": {}, "none": []}


def add_oauth(chance, user):
    # No username: the email is the username of an account that signs in elsewhere.
    user["oauth_provider"] = chance.pick(PROVIDERS)
    user["oauth_id"] = f"{chance.below(10**12):012d}{chance.below(10**9):09d}"
    user["email_verified"] = True


def add_state(chance, user):
    if chance.happens(0.75):
        user["email_verified"] = True
    if chance.happens(0.65):
        user["has_completed_onboarding"] = True
    if chance.happens(0.05):
        user["is_active"] = False
    if chance.happens(0.02):
        user["is_blocked"] = True


def service_account(chance, taken, number):
    service = chance.pick(SERVICES)
    organization, domain = draw_organization(chance)
    user = {"name": f"{service} ({organization})", "org_id": organization,
            "is_service_account": True}
    if number % 3 == 0:
        user["username"] = taken.claim(f"svc-{service}", f".{organization}")
    else:
        user["email"] = taken.claim(f"svc-{service}", "@" + domain)
    if number % 6 == 0:
        user["is_internal"] = True
    if chance.happens(0.4):
        user["metadata"] = {"schedule": "*/5 * * * *", "run": {"retries": 3, "timeout_s": 2.5}}
    return user


def promote(people):
    """Makes the first two users owners and sixteen others admins, and gives one user a company of
    their own."""
    for user in people[:2]:
        make_superuser(user, "owner")
    for user in people[40:1160:70]:
        make_superuser(user, "admin")
    people[2]["org_id"] = "solo"
    # The rights of owners and admins reach beyond organizations, so some belong to none.
    for user in [people[0]] + people[40:1160:210]:
        user.pop("org_id", None)


def make_superuser(user, role):
    user["roles"] = [role, "billing"] if role == "admin" and "company" in user else [role]
    for key in ("is_active", "is_blocked", "is_developer"):
        user.pop(key, None)


def trouble(people, taken):
    for user, (name, local) in zip(people[100::37], TROUBLESOME_NAMES.items()):
        taken.texts.discard(user["email"])
        user.update(name=name, email=taken.claim(local, "@" + user["email"].split("@")[1]))


def add_times(chance, users):
    """Gives each user a unique time of creation, and most users a later last login."""
    moments = {FIRST_DAY}
    while len(moments) < len(users):
        moments.add(chance.between(FIRST_DAY, LAST_CREATION, lean=0.6))
    for user, created in zip(users, sorted(moments)):
        user["created_at"] = rfc3339(created)
        if chance.happens(0.7):
            login = chance.between(created + timedelta(minutes=1), LAST_LOGIN, lean=0.3)
            user["last_login"] = rfc3339(login)


def rfc3339(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_users():
    """All users, the oldest account first."""
    chance, taken = Chance(20_190_107), Taken()
    users = [person(chance, taken) for _ in range(PEOPLE)]
    promote(users)
    trouble(users, taken)
    for number in range(SERVICE_ACCOUNTS):
        account = service_account(chance, taken, number)
        users.insert(10 + chance.below(len(users) - 10), account)
    add_times(chance, users)
    return users


def main():
    target = pathlib.Path(__file__).with_name("users.jsonl")
    lines = (json.dumps(user, ensure_ascii=False, separators=(",", ":")) for user in make_users())
    # Composed characters (NFC), as Roster keeps them, so that an export equals the import.
    content = unicodedata.normalize("NFC", "\n".join(lines) + "\n").encode()
    if "--check" not in sys.argv:
        target.write_bytes(content)
    elif not target.exists() or target.read_bytes() != content:
        sys.exit(f"{target.name} is not what make_users.py writes")


if __name__ == "__main__":
    main()
