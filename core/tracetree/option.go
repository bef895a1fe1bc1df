package tracetree

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Option changes how [Write] prints.
type Option interface{ apply(*style) }

type optionFunc func(*style)

func (f optionFunc) apply(s *style) { f(s) }

// style is what the options decide.
type style struct {
	colour bool
	width  int
	all    bool
}

// defaultWidth is the width of what is not a terminal.
const defaultWidth = 120

// leastWidth is where the columns no longer fit.
const leastWidth = 60

func newStyle(w io.Writer, options []Option) style {
	s := style{width: defaultWidth}
	// An *os.File has Fd, and so may what wraps one.
	if file, ok := w.(interface{ Fd() uintptr }); ok && term.IsTerminal(int(file.Fd())) {
		s.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			s.width = width
		}
	}
	for _, option := range options {
		option.apply(&s)
	}
	if s.width > 0 {
		s.width = max(s.width, leastWidth)
	}
	return s
}

// WithColor turns colour on or off. Default: on if the writer is a terminal
// and the environment variable NO_COLOR is not set.
func WithColor(on bool) Option { return optionFunc(func(s *style) { s.colour = on }) }

// WithWidth is how many characters a line may have; what is longer is cut off.
// 0 is no limit, and less than 60 is 60. Default: the terminal's width, and
// 120 for any other writer.
func WithWidth(characters int) Option {
	return optionFunc(func(s *style) { s.width = max(characters, 0) })
}

// WithAllAttributes prints every attribute. Default: those of the application,
// and of OpenTelemetry's own those that say what happened, such as
// error.type.
func WithAllAttributes() Option { return optionFunc(func(s *style) { s.all = true }) }
