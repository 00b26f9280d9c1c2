# usage: bash complete.bash SCRIPT, with command lines on standard input
#
# For each line prints the words that bash would put in place of its last one, and then an empty line.
source "$1"

# Splits as bash does: at spaces, and with = and : as words of their own.
split() {
  local word
  COMP_WORDS=()
  for word in $1; do
    while [[ $word =~ ^([^:=]*)([:=]+)(.*)$ ]]; do
      [[ ${BASH_REMATCH[1]} ]] && COMP_WORDS+=("${BASH_REMATCH[1]}")
      COMP_WORDS+=("${BASH_REMATCH[2]}")
      word=${BASH_REMATCH[3]}
    done
    [[ $word ]] && COMP_WORDS+=("$word")
  done
  [[ $1 == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$1 COMP_POINT=${#1}
}

while IFS= read -r line; do
  split "$line"
  _roster
  # bash puts what it is given behind the last = or :.
  last=${line##* } piece=${COMP_WORDS[COMP_CWORD]}
  [[ $piece == [:=]* ]] && piece=''
  for word in "${COMPREPLY[@]}"; do echo "${last%"$piece"}$word"; done
  echo
done
