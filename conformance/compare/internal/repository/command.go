package repository

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	// makeTarget matches the beginning of a rule of the Makefile: the target and its colon.
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	// makeCall matches a call of make with its arguments.
	makeCall = regexp.MustCompile(`(?:^|[\n;&|(] *|\$ )make((?: +[\w=./'-]+)+)`)
	// compareCall matches a call of the command compare up to the end of the line.
	compareCall = regexp.MustCompile(`go run \./conformance/compare\b(.*)`)
	// shortCall matches a call of the command compare that begins with its subcommand, such
	// as "matrix -x". Documents write such calls within sentences.
	shortCall = regexp.MustCompile(`^(?:demo|serve|matrix|bench|soak|comparison) --?\w`)
)

// readTargets reads the targets of the Makefile.
func (c *documentChecker) readTargets() error {
	makefile, err := os.ReadFile(filepath.Join(c.root, "Makefile"))
	if err != nil {
		return err
	}
	c.targets = make(map[string]bool)
	for _, match := range makeTarget.FindAllSubmatch(makefile, -1) {
		c.targets[string(match[1])] = true
	}
	return nil
}

// checkCommands returns an error for each invalid call of make and of the command compare
// in code.
func (c *documentChecker) checkCommands(code string) (problems []error) {
	for _, call := range makeCall.FindAllStringSubmatch(code, -1) {
		for word := range strings.FieldsSeq(call[1]) {
			if strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
				continue
			}
			if !c.targets[word] {
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
			err = c.checkCompareArgs(args)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("compare%s: %w", call, err))
		}
	}
	return problems
}

// splitWords splits a command into words as a shell does. The command ends at the first
// comment, newline, ";", "&" or "|".
func splitWords(command string) (words []string, err error) {
	var word strings.Builder
	inWord := false
	var quote rune
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	for _, c := range command {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == ' ' || c == '\t':
			end()
		case strings.ContainsRune(";&|\n", c), c == '#' && !inWord:
			end()
			return words, nil
		default:
			inWord = true
			word.WriteRune(c)
		}
	}
	end()
	if quote != 0 {
		return nil, fmt.Errorf("the quotation mark %c is not closed", quote)
	}
	return words, nil
}
