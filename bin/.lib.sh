# shellcheck shell=bash
# What bin/demo and bin/test share: finding and installing what a build and a private PostgreSQL
# need. Sourced, never run. Messages are Russian, for the person at the terminal.

# Progress goes to stderr, so that stdout is the program's own.
say() {
    printf '%s\n' "$*" >&2
}

die() {
    printf 'Ошибка: %s\n' "$*" >&2
    exit 1
}

# The toolchain Cargo.toml asks for, as major.minor.
rust_version_needed() {
    sed -n 's/^rust-version = "\([0-9]*\.[0-9]*\)".*/\1/p' Cargo.toml
}

require_cargo() {
    local remedy needed found
    remedy="установите Rust с https://rustup.rs:
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
и откройте новый терминал"
    if ! command -v cargo >/dev/null && [[ -x "${HOME:-}/.cargo/bin/cargo" ]]; then
        PATH="$HOME/.cargo/bin:$PATH"
    fi
    command -v cargo >/dev/null || die "не найдена программа cargo: $remedy"
    needed=$(rust_version_needed)
    found=$(cargo --version) ||
        die "cargo не запускается (см. выше): установите нужную версию командой
  rustup toolchain install"
    found=${found#cargo }
    found=${found%% *}
    if [[ $(printf '%s\n' "$needed" "$found" | sort -V | head -n 1) != "$needed" ]]; then
        die "нужен Rust $needed или новее, найден $found: $remedy"
    fi
}

# Whether a directory holds the server programs.
has_server() {
    [[ -x $1/initdb && -x $1/pg_ctl && -x $1/postgres ]]
}

# Looks where src/embedded looks: EK_PG_BIN, PATH, Debian's directories.
has_postgres() {
    local dir program
    if [[ -n ${EK_PG_BIN:-} ]]; then
        has_server "$EK_PG_BIN" ||
            die "в каталоге $EK_PG_BIN из переменной EK_PG_BIN нет программ initdb, pg_ctl и postgres"
        return 0
    fi
    if program=$(command -v postgres) && has_server "$(dirname "$(readlink -f "$program")")"; then
        return 0
    fi
    for dir in /usr/lib/postgresql/*/bin; do
        if has_server "$dir"; then
            return 0
        fi
    done
    return 1
}

# How to become root for apt: sets the array `as_root`, or fails where we may not.
find_root() {
    as_root=()
    if [[ $(id -u) -eq 0 ]]; then
        return 0
    fi
    command -v sudo >/dev/null || return 1
    as_root=(sudo)
    # With a terminal sudo can ask for the password; without one it must not need it.
    [[ -t 0 && -t 2 ]] || sudo -n true 2>/dev/null
}

apt_install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends -qq "$@" >&2
}

# PostgreSQL without the system-wide cluster Debian would make and start: ours is private.
install_postgres() {
    local configuration=/etc/postgresql-common/createcluster.conf
    apt_install postgresql-common
    if ! grep -Eq '^[[:space:]]*create_main_cluster' "$configuration" 2>/dev/null; then
        "${as_root[@]}" tee -a "$configuration" >/dev/null <<'SETTING'

# Written by the set-up of energokabinet: it runs a private server and needs no system cluster.
create_main_cluster = false
SETTING
    fi
    apt_install postgresql
}

# Installs what is missing by apt; where that may not be done, says what to run.
require_packages() {
    local missing=() commands=()
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    if [[ ${#missing[@]} -gt 0 ]]; then
        commands+=("sudo apt-get install -y --no-install-recommends ${missing[*]}")
    fi
    if ! has_postgres; then
        commands+=("sudo apt-get install -y --no-install-recommends postgresql-common"
            "echo 'create_main_cluster = false' | sudo tee -a /etc/postgresql-common/createcluster.conf"
            "sudo apt-get install -y --no-install-recommends postgresql")
    fi
    if [[ ${#commands[@]} -eq 0 ]]; then
        return 0
    fi
    if ! command -v apt-get >/dev/null; then
        die "не хватает программ сервера PostgreSQL 15+ (initdb, pg_ctl, postgres) или компилятора cc,
а apt-get здесь нет: установите их средствами вашей системы; каталог с программами сервера
можно указать в переменной EK_PG_BIN"
    fi
    if ! find_root; then
        die "не хватает пакетов, а прав на их установку нет. Выполните:
$(printf '  %s\n' "${commands[@]}")"
    fi
    say "Устанавливаю недостающие пакеты (PostgreSQL, компилятор)…"
    "${as_root[@]}" apt-get update -qq >&2 ||
        say "Список пакетов не обновился полностью (см. выше), продолжаю с тем, что есть."
    if [[ ${#missing[@]} -gt 0 ]]; then
        apt_install "${missing[@]}" || die "apt-get не установил компилятор (см. выше)"
    fi
    if ! has_postgres; then
        install_postgres || die "apt-get не установил PostgreSQL (см. выше)"
        has_postgres || die "PostgreSQL установлен, но его программ нет в /usr/lib/postgresql/*/bin"
    fi
}

# The browser of the browser tests; the demonstration does not need it.
require_chromium() {
    command -v chromium >/dev/null && return 0
    if ! command -v apt-get >/dev/null || ! find_root; then
        die "не хватает Chromium для браузерных тестов. Выполните:
  sudo apt-get install -y --no-install-recommends chromium"
    fi
    say "Устанавливаю Chromium для браузерных тестов…"
    "${as_root[@]}" apt-get update -qq >&2 ||
        say "Список пакетов не обновился полностью (см. выше), продолжаю с тем, что есть."
    apt_install chromium || die "apt-get не установил Chromium (см. выше)"
}

# Where cargo builds, whatever variable or configuration decides it.
target_directory() {
    cargo metadata --no-deps --format-version 1 --locked |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}
