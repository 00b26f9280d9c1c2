# usage: fish complete.fish SCRIPT, with command lines on standard input
#
# For each line prints the words that fish would put in place of its last one, and then an empty line.
source $argv[1]
while read -l line
    complete -C "$line" | string replace -r '\t.*' ''
    echo
end
