"""What is taken for a secret in code that people paste and models write, and what only looks like one."""

import time

import pytest

from engine.secrets import HIDDEN, secrets_in, without_secrets

#: Put together here, so that no scanner of repositories takes them for real ones.
AWS = "wJalrXUtnFEMI" + "/K7MDENG/bPxRfiCYzz0123456"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("connect(user='ann', password='hunter2')", "hunter2"),
        ('db.connect(password = "S3cr3t!pass")', "S3cr3t!pass"),
        ("if password == 'Passw0rd!':", "Passw0rd!"),
        ('PASSWORD: str = "hunter2"', "hunter2"),
        ('var apiKey string = "k-99-abc"', "k-99-abc"),
        ('apiKey := "k99abc-def"', "k99abc-def"),
        ("const clientSecret: string = 'q8Z-11x'", "q8Z-11x"),
        ("$config = ['password' => 'hunter2'];", "hunter2"),
        ("settings['api_key'] = 'abcd99'", "abcd99"),
        ('api_key: "8f14e45fceea"', "8f14e45fceea"),
        ('{"secret": "swordfish"}', "swordfish"),
        ('{"user": "ann", "access_token":"ya29.A0ARrd"}', "ya29.A0ARrd"),
        ("password: 'it\\'s-9'", "it\\'s-9"),
        (f"AWS_SECRET_ACCESS_KEY={AWS}", AWS),
        (f"export AWS_SECRET_ACCESS_KEY={AWS}\naws s3 ls", AWS),
        ("ENV DB_PASSWORD=swordfish", "swordfish"),
        ("curl 'https://api.example.com/v1?api_key=8f14e45fceea167a'", "8f14e45fceea167a"),
        (f"token = '{JWT}'", JWT),
        (f"{PEM}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,1\n\nMIIE\n-----END RSA PRIVATE KEY-----",
         f"{PEM}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,1\n\nMIIE\n-----END RSA PRIVATE KEY-----"),
        (f"{PEM}\nMIIEpAIBAAKCAQEA1c7+9z5Pad7\nand so on", f"{PEM}\nMIIEpAIBAAKCAQEA1c7+9z5Pad7"),
    ],
)  # fmt: skip
def test_a_secret_in_code_is_hidden_and_the_rest_stays(code, value):
    assert secrets_in(code) == [value]
    assert without_secrets(code) == (code.replace(value, HIDDEN), 1)


@pytest.mark.parametrize(
    "code",
    [
        "password = getpass()",
        "password=None",
        "login(user, password=password)",
        "api_key: str",
        "def login(user: str, password: str, token: str | None = None) -> None:",
        'password="<your password>"',
        'password="<your-password>"',
        'password = "..."',
        "api_key = 'xxx'",
        'API_KEY="xxxxxxxx"',
        'password: "${DB_PASSWORD}"',
        "DB_PASSWORD=${DB_PASSWORD}",
        "DB_PASSWORD=$SECRET",
        "API_KEY=os.environ['API_KEY']",
        "TOKEN=secrets.token_hex(16)",
        "PASSWORD=settings.PASSWORD",
        'password = f"{prefix}"',
        'api_key = "YOUR_API_KEY"',
        "api_key = 'your-key-here'",
        'token: "changeme"',
        '{"password": "string", "token": "Bearer"}',
        '{"password": "Please enter your password"}',
        '{"password": "请输入您的密码"}',
        "<input type='password' name='pw' autocomplete='current-password'>",
        "password: {{ vault_password }}",
        'secret: "/run/secrets/db"',
        'token = "identifier"',
        "max_tokens=100000000000",
        "tokens: 'abc9', tokenizer='gpt2-large'",
        "rules = {'password': 'required|min:8'}",
        'hide("[secret]"); password="[secret]"',
        "const apiKey = process.env.API_KEY",
        "What is the password: do I get one by mail?",
        "密码: 请问在哪里找",
    ],
)  # fmt: skip
def test_what_stands_for_a_secret_or_reads_one_stays_as_it_is(code):
    assert without_secrets(code) == (code, 0)


def test_a_secret_that_stands_twice_is_hidden_twice():
    assert without_secrets("password='hunter2-9'\n# was hunter2-9 before") == (
        f"password='{HIDDEN}'\n# was {HIDDEN} before", 1)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["eyJ-", "eyJaaaaaaaa.", "eyJaaaaaaaa-", f"{PEM}", f"{PEM}\nabcdefghijklmnopq", "-----BEGIN ",
     "://a:", "password='",
     "password=", 'secret": "', "API_KEY=", "TOKEN=a1", "token: ", "password='changeme", "password='xx", "token : a ",
     "api_key='your_", "secret='a.", "AWS_SECRET_ACCESS_KEY", "MAAAAAAAAAAAAAAAAAAAAAAAA.", "'", "-"],
)  # fmt: skip
def test_no_text_takes_long_to_be_looked_through(text):
    for chars in (8_000, 100_000):
        began = time.thread_time()
        without_secrets((text * chars)[:chars])
        without_secrets(f"password='{(text * chars)[:chars]}'")

        assert time.thread_time() - began < 5.0  # of this thread alone: however busy the machine is
