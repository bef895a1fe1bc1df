package repository

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	makeCall   = regexp.MustCompile(`(?:^|[\n;&|(] *|\$ )make((?: +[\w=./'-]+)+)`)
	// compareCall matches a call of the command compare up to the end of the line.
	compareCall = regexp.MustCompile(`go run \./conformance/compare\b(.*)`)
	// shortCall matches a call in running text that leaves out go run.
	shortCall = regexp.MustCompile(`^(?:demo|serve|matrix|bench|soak|comparison) --?\w`)
)

// readTargets reads the targets of the Makefile.
func (r *documentReader) readTargets() error {
	makefile, err := os.ReadFile(filepath.Join(r.root, "Makefile"))
	if err != nil {
		return err
	}
	r.targets = make(map[string]bool)
	for _, match := range makeTarget.FindAllSubmatch(makefile, -1) {
		r.targets[string(match[1])] = true
	}
	return nil
}

// checkCommands returns errors for the invalid commands in code.
func (r *documentReader) checkCommands(code string) (problems []error) {
	for _, call := range makeCall.FindAllStringSubmatch(code, -1) {
		for word := range strings.FieldsSeq(call[1]) {
			if strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
				continue
			}
			if !r.targets[word] {
				problems = append(problems, fmt.Errorf("make %s: the Makefile has no such target", word))
			}
		}
	}
	joined := strings.ReplaceAll(code, "\\\n", " ")
	var calls []string
	for _, call := range compareCall.FindAllStringSubmatch(joined, -1) {
		calls = append(calls, call[1])
	}
	if shortCall.MatchString(joined) {
		calls = append(calls, joined)
	}
	for _, call := range calls {
		args, err := splitWords(call)
		if err == nil && len(args) > 0 {
			err = r.checkCompareArgs(args)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("compare%s: %w", call, err))
		}
	}
	return problems
}

// splitWords returns the words of the first simple command, split as a shell does. A
// comment ends the command.
func splitWords(command string) (all []string, err error) {
	var word strings.Builder
	begun := false
	var quote rune
	end := func() {
		if begun {
			all = append(all, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, c := range command {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t':
			end()
		case strings.ContainsRune(";&|\n", c), c == '#' && !begun:
			end()
			return all, nil
		default:
			begun = true
			word.WriteRune(c)
		}
	}
	end()
	if quote != 0 {
		return nil, fmt.Errorf("the quotation mark %c is not closed", quote)
	}
	return all, nil
}
