package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// templates are the files that init writes, by path.
//
//go:embed all:templates
var templates embed.FS

// commandPlaceholder is the command in the templates that init replaces by the user's.
const commandPlaceholder = "./my-service"

// runInit is the command init.
func runInit(_ context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("init", flag.ContinueOnError)
	dir := flags.String("dir", ".", "the `directory` to write the files into")
	line := flags.String("exec", commandPlaceholder, "the `shell` command that starts the program")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("init: got the arguments %q, want flags only", flags.Args())
	case strings.ContainsAny(*line, "'\n"):
		return fmt.Errorf("--exec: got %q, want one line without single quotes, since the CI jobs enclose the command in single quotes", *line)
	}
	return fs.WalkDir(templates, "templates", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := templates.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.Join(*dir, strings.TrimPrefix(path, "templates/"))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			fmt.Fprintln(out, "kept", name)
			return nil
		}
		if err != nil {
			return err
		}
		_, err = file.WriteString(strings.ReplaceAll(string(text), commandPlaceholder, *line))
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		fmt.Fprintln(out, "wrote", name)
		return nil
	})
}
