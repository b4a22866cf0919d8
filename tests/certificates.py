"""An authority of a test's own, and what it certifies, made with openssl. All files are in one folder."""
import os
import subprocess


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=120)


def found(folder):
    """authority.pem and authority.key."""
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem")


def certify(folder, name):
    """NAME.pem, a key and its certificate by the authority, for 127.0.0.1; either also alone, as NAME.key and NAME.crt."""
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", name + ".key", "-out", name + ".csr")
    openssl(folder, "x509", "-req", "-in", name + ".csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
            "-copy_extensions", "copy", "-out", name + ".crt")
    with open(os.path.join(folder, name + ".pem"), "w", encoding="ascii") as pem:
        for part in (".key", ".crt"):
            with open(os.path.join(folder, name + part), encoding="ascii") as file:
                pem.write(file.read())
