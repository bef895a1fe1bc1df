package tracetree

// colour is the escape code that makes a terminal print in a color or style.
type colour string

const (
	bold   colour = "1"
	dim    colour = "2"
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
	cyan   colour = "36"
)

// paint returns text with the escape codes for c, or text itself if colours are off.
func (p *printer) paint(c colour, text string) string {
	if !p.hasColour || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}
