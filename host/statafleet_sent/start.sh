# The first thing that runs on a host: finds a Python and starts $loader with it. The candidates are "$@".
#
# As root it takes only what nobody else can change: each folder on the way, through links too, the program, and the
# libraries that it loads before a line of ours runs. Of root's environment it keeps a few names.
umask 022
set -f

# Fails closed: whoever is not known to be an ordinary account counts as root.
case $(PATH=/usr/bin:/bin && id -u) in
  [1-9]*) root= ;;
  *) root=yes ;;
esac

# Prints whatever of these files and folders somebody other than root can change.
others() {
  find "$@" -prune \( ! -user 0 -o -perm -020 ! -group "$empty" -o -perm -002 \) -print 2>/dev/null || printf '%s\n' "$@"
}

# The same for all that lies on the way to $1, and $1 itself.
changeable() {
  here='' rest=$1 links=0
  set -- /
  while [ "$rest" ]; do
    step=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
    case $step in
      '' | .) continue ;;
      ..) here=${here%/*} && continue ;;
    esac
    here=$here/$step
    if [ -L "$here" ]; then
      links=$((links + 1))
      to=$(readlink "$here") && [ $links -le 40 ] || { printf '%s\n' "$here" && return; }
      rest=$to/$rest
      case $to in /*) here='' ;; *) here=${here%/*} ;; esac
    else
      set -- "$@" "$here"
    fi
  done
  others "$@"
}

# The same for the libraries of the Pythons below $1, but for what lies within their packages.
libraries() {
  case $1 in /usr) set -- "$1" /usr/local ;; esac
  for prefix do
    set +f
    set -- "$prefix"/lib*/python3* "$prefix"/lib*/libpython3*
    set -f
    for library do
      [ -e "$library" ] || continue
      changeable "$library"
      find "$library" -path "$library/*-packages/*/*" -prune -o ! -type l \( ! -user 0 -o -perm -020 ! -group "$empty" -o -perm -002 \) -print 2>/dev/null
    done
  done
}

# The same for all that makes up the Python $1.
whole() {
  changeable "$1"
  real=$(readlink -f "$1")
  libraries "${real%/*/*}"
  [ "${1%/*/*}" = "${real%/*/*}" ] || libraries "${1%/*/*}"
  for settings in "${1%/*}/pyvenv.cfg" "${1%/*/*}/pyvenv.cfg"; do
    [ -e "$settings" ] || continue
    changeable "$settings"
    home=$(sed -n 's/^[Hh][Oo][Mm][Ee] *= *//p' "$settings")
    changeable "$home"
    libraries "${home%/*}"
  done
}

# Who can change $1, which is not root's alone.
account() {
  case $(stat -c '%u %A' "$1") in
    '0 '????????w?) echo everybody ;;
    '0 '*) echo "group $(stat -c %G "$1")" ;;
    *) stat -c %U "$1" ;;
  esac
}

# Does not return if $1 is a Python that can be taken; else $found says why not.
try() {
  [ -f "$1" ] && [ -x "$1" ] || return
  bad=$([ -z "$root" ] || whole "$1")
  if [ "$bad" ]; then
    bad=${bad%%"$newline"*}
    found="${found:+$found, }$1 ($bad can be changed by $(account "$bad"))"
  elif "$1" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 10))' </dev/null 2>/dev/null; then
    [ -z "$root" ] || PATH=$safe
    unset IFS
    exec "$1" -I -S -c "$loader" "$1"
  else
    found="${found:+$found, }$("$1" --version </dev/null 2>&1) at $1"
  fi
}

newline='
'
found='' safe='' path=$PATH
IFS=:
if [ "$root" ]; then
  PATH=/usr/sbin:/usr/bin:/sbin:/bin
  # Debian gives /usr/local to this group; while nobody is in it, root alone can change what is there.
  empty=4294967294
  # An account's own group does not list it.
  case $(getent group staff && getent passwd | sed -n 's/^[^:]*:[^:]*:[^:]*:50:.*/is in it/p') in
    staff:*:50:) empty=50 ;;
  esac
  for folder in $path; do
    case $folder in /*) [ -d "$folder" ] && [ -z "$(changeable "$folder")" ] && safe=$safe${safe:+:}$folder ;; esac
  done
  IFS=$newline
  # Not our own names, which are small: a value may have lines that look like names, as SUDO_COMMAND has all of ours.
  for name in $(env | LC_ALL=C sed -n 's/^\([A-Z_][A-Za-z0-9_]*\)=.*/\1/p'); do
    case $name in
      PATH | HOME | USER | LOGNAME | SHELL | TERM | TZ | LANG | LC_* | SUDO_* | SSH_* | *_proxy | *_PROXY) ;;
      PWD | SHLVL | SHELLOPTS | BASHOPTS | PPID | UID | EUID) ;;
      *) unset "$name" ;;
    esac
  done
  IFS=:
fi
for name do
  case $name in
    /*) try "$name" ;;
    *) for folder in $path; do try "$folder/$name"; done ;;
  esac
done
printf '%s\n' "unusable: Python 3.10 or newer${root:+, which only root can change,} is needed; found: ${found:-none}. \
Install one, or name it with \`python:\`."
