package probe

import (
	"regexp"
	"strings"
)

// stackFrame matches the beginning of a stack frame, in text or HTML, of JavaScript,
// Java, .NET, Python, Go, Ruby, PHP or Rust.
var stackFrame = regexp.MustCompile(`(?m)(?:^|<br>)(?:\s|&nbsp;)*at \S.*:(?:line )?\d+|^\s+File ".*", line \d+|^\s*\S+\.go:\d+ \+0x` +
	`|^\s*(?:from )?\S+\.rb:\d+:in |^#\d+ \S+\(\d+\): |^#\d+ \{main\}|^\s*\d+: +(?:0x[0-9a-f]+ - )?\S+::\S`)

// textBeforeStack returns the text up to the first frame of a stack trace, since an
// instrumentation adds its own frames. cut reports whether there is a stack trace.
func textBeforeStack(text string) (before string, cut bool) {
	// Every form of stack frame has one of these characters. Looking for them first avoids
	// the regular expression, which is slow on large texts.
	if !strings.ContainsAny(text, `:#"`) {
		return text, false
	}
	if at := stackFrame.FindStringIndex(text); at != nil {
		return text[:at[0]], true
	}
	return text, false
}

// logEntries returns the log entries of a service, without continuation lines such
// as the frames of a stack trace.
func logEntries(output string) (entries []string) {
	for line := range strings.Lines(output) {
		if strings.HasSuffix(line, "\n") && strings.TrimLeft(line, " \t") == line && line != "\n" && !stackFrame.MatchString(line) {
			entries = append(entries, line)
		}
	}
	return entries
}
