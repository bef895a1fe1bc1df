package probe

import (
	"regexp"
	"strings"
)

// stackFrame is the beginning of a stack frame in a text or in a page: of
// JavaScript, Java and .NET, of Python, and of Go.
var stackFrame = regexp.MustCompile(`(?m)(?:^|<br>)(?:\s|&nbsp;)*at \S.*:(?:line )?\d+|^\s+File ".*", line \d+|^\s*\S+\.go:\d+ \+0x`)

// beforeStack returns what a text says before the frames of a stack trace: an
// instrumentation has frames of its own. cut tells whether there are any.
func beforeStack(text string) (before string, cut bool) {
	if at := stackFrame.FindStringIndex(text); at != nil {
		return text[:at[0]], true
	}
	return text, false
}

// entries counts the lines that a service has printed, without those that go on
// with the line before them, such as the frames of a stack trace.
func entries(output string) int {
	count := 0
	for line := range strings.Lines(output) {
		if strings.HasSuffix(line, "\n") && strings.TrimLeft(line, " \t") == line && line != "\n" {
			count++
		}
	}
	return count
}
