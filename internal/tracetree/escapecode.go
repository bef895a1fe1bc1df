package tracetree

// escapeCode is the number in the escape sequence that makes a terminal print in a colour,
// bold or dim.
type escapeCode string

const (
	bold   escapeCode = "1"
	dim    escapeCode = "2"
	red    escapeCode = "31"
	green  escapeCode = "32"
	yellow escapeCode = "33"
	cyan   escapeCode = "36"
)

// paint returns text between the escape sequence for code and that which ends it, or text
// itself if colour is off.
func (p *printer) paint(code escapeCode, text string) string {
	if !p.colour || text == "" {
		return text
	}
	return "\x1b[" + string(code) + "m" + text + "\x1b[0m"
}
