# usage: zsh -f complete.zsh SCRIPT, with command lines on standard input
#
# For each line prints the words that zsh would put in place of its last one, and then an empty line. A
# second zsh, on a terminal of its own, completes; there compadd tells what it is given.
zmodload zsh/zpty

setup='
PS1= PS2=; unsetopt zle_bracketed_paste 2>/dev/null; stty -echo
autoload -U compinit; compinit -D -u
source '${(q)1}'
zstyle ":completion:*" list-separator ""
compadd() {
  local -a words; local before=$IPREFIX
  [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] && { builtin compadd "$@"; return }
  local -a suffix prefix; zparseopts -E -a ignored -- S:=suffix p:=prefix
  builtin compadd -A words "$@"
  local word
  for word in $words; do print -r -- "WORD $before${prefix[2]}$word${suffix[2]}"; done
  builtin compadd "$@"
}
tell() { _main_complete; compstate[list]= compstate[insert]=; print END }
zle -C tell complete-word tell
bindkey "^T" tell
print READY
'
zpty child zsh -f -i
file=$(mktemp)
print -r -- $setup > $file
zpty -w child "source $file"
await() {
  local text line
  words=()
  while zpty -r child line; do
    line=${${line//$'\r'/}%$'\n'}
    [[ $line == *WORD\ * ]] && words+=(${line#*WORD })
    [[ $line == *$1* ]] && return
  done
}
typeset -a words
await READY
while IFS= read -r line; do
  zpty -w -n child "$line"$'\C-t'
  await END
  (( $#words )) && print -rl -- ${(u)words}
  print
  zpty -w -n child $'\C-u'
done
rm $file
