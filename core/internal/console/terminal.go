package console

import (
	"os"

	"golang.org/x/term"

	"github.com/samespan/samespan/internal/tracetree"
)

// terminalOptions returns the width of a terminal and, unless NO_COLOR is set or TERM is
// "dumb", the option for color. It returns nil if w is not a terminal or does not have the
// method Fd of [os.File].
func terminalOptions(w any) []tracetree.Option {
	file, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	options := []tracetree.Option{tracetree.WithColor(os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		options = append(options, tracetree.WithWidth(width))
	}
	return options
}
