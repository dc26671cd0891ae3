# Prints a JSON document as lines "path=value", a path being keys and indices joined by dots: enough for a config drive.
{ text = text $0 "\n" }
END {
    at = 1
    value("")
}
function blanks() {
    while (substr(text, at, 1) ~ /[ \t\r\n]/) at++
}
function string(    out, c) {
    at++
    out = ""
    while ((c = substr(text, at, 1)) != "\"") {
        if (c == "\\") {
            at++
            c = substr(text, at, 1)
            if (c == "n") c = " "
            else if (c == "t") c = "\t"
            else if (c == "u") { c = "?"; at += 4 }
        }
        out = out c
        at++
    }
    at++
    return out
}
function join(path, key) {
    return path == "" ? key : path "." key
}
function value(path,    c, key, n, start) {
    blanks()
    c = substr(text, at, 1)
    if (c == "{") {
        at++
        for (blanks(); substr(text, at, 1) != "}"; blanks()) {
            key = string()
            blanks()
            at++
            value(join(path, key))
            blanks()
            if (substr(text, at, 1) == ",") at++
        }
        at++
    } else if (c == "[") {
        at++
        n = 0
        for (blanks(); substr(text, at, 1) != "]"; blanks()) {
            value(join(path, n++))
            blanks()
            if (substr(text, at, 1) == ",") at++
        }
        at++
    } else if (c == "\"") {
        print path "=" string()
    } else {
        start = at
        while (substr(text, at, 1) !~ /[],} \t\r\n]/ && at <= length(text)) at++
        print path "=" substr(text, start, at - start)
    }
}
