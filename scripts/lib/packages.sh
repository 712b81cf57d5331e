# shellcheck shell=bash
# Sourced after common.sh: the distribution's packages, by what they are needed for.

# The package manager decides; derivatives of a distribution share it.
package_manager() {
  local manager
  for manager in apt-get dnf pacman apk; do
    if have "$manager"; then
      printf '%s' "$manager"
      return
    fi
  done
}

# package_name NEED: prints what the distribution calls it; nothing where it has none.
package_name() {
  case "$(package_manager):$1" in
  apt-get:compiler) echo build-essential ;;
  dnf:compiler | pacman:compiler) echo gcc ;;
  apk:compiler) echo build-base ;;
  *:node) echo nodejs npm ;;
  apt-get:rust) echo rustup ;;
  dnf:rust | apk:rust) echo cargo ;;
  pacman:rust) echo rust ;;
  apt-get:pip | dnf:pip) echo python3-pip ;;
  pacman:pip) echo python-pip ;;
  apk:pip) echo py3-pip ;;
  apt-get:xz) echo xz-utils ;;
  *:xz) echo xz ;;
  dnf:shellcheck) echo ShellCheck ;;
  dnf:rust-format) echo rustfmt ;;
  dnf:rust-lint) echo clippy ;;
  apt-get:rust-format) echo rustfmt ;;
  apt-get:rust-lint) echo rust-clippy ;;
  apk:rust-format | apk:rust-lint) echo rust-clippy rustfmt ;;
  pacman:rust-format | pacman:rust-lint) ;; # both come with rust
  apk:mount-tools) echo util-linux coreutils findutils ;; # instead of busybox
  *:mount-tools) echo util-linux ;;
  apt-get:setcap) echo libcap2-bin ;;
  apk:setcap) echo libcap-setcap ;;
  *:setcap) echo libcap ;;
  apt-get:script) echo bsdutils ;;
  dnf:script) echo util-linux-script ;;
  *:script) echo util-linux ;;
  apt-get:vagrant) echo vagrant ;;
  *:vagrant) ;; # not packaged; the validation of the Vagrantfile is skipped there
  *) echo "$1" ;;
  esac
}

# as_root COMMAND...: runs it as root, by sudo where that asks for nothing that cannot be answered.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif have sudo && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
    sudo "$@"
  else
    say "this needs root. Run it yourself, then start this script again:"
    say "  $*"
    return 1
  fi
}

refresh_packages() {
  [[ -z ${packages_refreshed:-} ]] || return 0
  packages_refreshed=yes
  case $(package_manager) in
  apt-get) as_root apt-get update -qq ;;
  apk) as_root apk update --quiet ;;
  esac
}

# install_packages PACKAGE...: by the distribution, without questions.
install_packages() {
  refresh_packages || return 1
  case $(package_manager) in
  apt-get)
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
    ;;
  dnf) as_root dnf install -y -q "$@" >/dev/null ;;
  pacman) as_root pacman -S --needed --noconfirm --quiet "$@" >/dev/null ;;
  apk) as_root apk add --quiet "$@" >/dev/null ;;
  *)
    say "no package manager that this script knows (apt-get, dnf, pacman, apk); install by hand: $*"
    return 1
    ;;
  esac
}

# want NEED WHY: installs what the distribution calls NEED. The caller has seen that it is missing.
want() {
  local -a names
  read -r -a names <<<"$(package_name "$1")"
  if ((${#names[@]} == 0)); then
    warn "$1 ($2): this distribution has no package for it"
    return 1
  fi
  say "installing ${names[*]}: $2"
  install_packages "${names[@]}"
}
