package prometheus

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"
)

// Sizes in pictures, in pixels.
const (
	columnWidth  = 50 // width of one of the 24 grid columns
	rowHeight    = 30 // height of a grid row
	panelGap     = 4  // gap between panels
	legendHeight = 16 // height of a legend's line
)

// palette has the colours of the series, in order.
var palette = []string{"#56a64b", "#f2a900", "#3274d9", "#e0226e", "#8f3bb8", "#e55400", "#0f8a8a", "#806000", "#7a7a7a", "#b03060"}

// svg builds an SVG picture.
type svg struct{ strings.Builder }

// writef writes a line of the picture.
func (s *svg) writef(format string, arguments ...any) {
	fmt.Fprintf(&s.Builder, format+"\n", arguments...)
}

// drawText draws text at x and y, in the style of a CSS class.
func (s *svg) drawText(x, y float64, class, text string) {
	s.writef(`<text x="%.0f" y="%.0f" class="%s">%s</text>`, x, y, class, html.EscapeString(text))
}

// box is a rectangle, in pixels. x and y are its upper left corner.
type box struct{ x, y, w, h float64 }

// boxOf returns the rectangle of a panel.
func boxOf(p panel) box {
	g := p.GridPos
	return box{float64(g.X*columnWidth) + panelGap/2, float64(g.Y*rowHeight) + panelGap/2, float64(g.W*columnWidth) - panelGap, float64(g.H*rowHeight) - panelGap}
}

// drawFrame draws the panel's border and title, and returns the rectangle inside the
// border.
func (s *svg) drawFrame(b box, title string) box {
	s.writef(`<rect x="%.0f" y="%.0f" width="%.0f" height="%.0f" rx="3" class="panel"/>`, b.x, b.y, b.w, b.h)
	s.drawText(b.x+10, b.y+18, "title", title)
	return box{b.x + 10, b.y + 26, b.w - 20, b.h - 34}
}

// curve is a series over time: one value for each step, NaN if there is none.
type curve struct {
	name   string
	values []float64
}

// stackCurves adds to each curve the sum of the curves before it.
func stackCurves(curves []curve) {
	for i := 1; i < len(curves); i++ {
		for j, below := range curves[i-1].values {
			if v := &curves[i].values[j]; math.IsNaN(*v) {
				*v = below
			} else if !math.IsNaN(below) {
				*v += below
			}
		}
	}
}

// drawCurves draws curves over a time of the given length. highest is the largest value on
// the vertical axis, or 0 if the curves determine it.
func (s *svg) drawCurves(b box, curves []curve, unit string, highest float64, length time.Duration) {
	rows := min((len(curves)+1)/2, 4)
	area := box{b.x + 56, b.y + 4, b.w - 62, b.h - 24 - float64(rows*legendHeight)}
	if highest == 0 {
		for _, c := range curves {
			for _, v := range c.values {
				if !math.IsNaN(v) {
					highest = max(highest, v)
				}
			}
		}
		highest = roundUp(highest, unit)
	}
	const lines = 4
	for i := range lines + 1 {
		y := area.y + area.h*(1-float64(i)/lines)
		s.writef(`<path d="M%.0f %.1fh%.0f" class="grid"/>`, area.x, y, area.w)
		s.drawText(area.x-6, y+4, "axis right", formatWithUnit(highest*float64(i)/lines, unit))
	}
	for minutes := 0; time.Duration(minutes)*time.Minute <= length; minutes += 5 {
		x := area.x + area.w*fractionOf(minutes, length)
		s.drawText(x, area.y+area.h+14, "axis middle", fmt.Sprintf("%d min", minutes))
	}
	for i, c := range curves {
		colour := palette[i%len(palette)]
		s.writef(`<path d="%s" class="line" stroke="%s"/>`, svgPath(c.values, area, highest), colour)
		if i/2 >= rows {
			continue
		}
		x, y := b.x+float64(i%2)*b.w/2, b.y+b.h-float64((rows-1-i/2)*legendHeight)
		s.writef(`<rect x="%.0f" y="%.0f" width="10" height="3" fill="%s"/>`, x, y-5, colour)
		s.drawText(x+14, y, "axis", shorten(c.name, int(b.w/2/7)))
	}
	if more := len(curves) - 2*rows; more > 0 {
		s.drawText(b.x+b.w, b.y-9, "axis right", fmt.Sprintf("and %d more series", more))
	}
}

// fractionOf returns the minutes as a fraction of the length, from 0 to 1.
func fractionOf(minutes int, length time.Duration) float64 {
	return float64(minutes) / length.Minutes()
}

// svgPath returns an SVG path through the values, with gaps for NaN.
func svgPath(values []float64, area box, highest float64) string {
	var path strings.Builder
	command := "M"
	for i, v := range values {
		if math.IsNaN(v) {
			command = "M"
			continue
		}
		x := area.x + area.w*float64(i)/float64(max(1, len(values)-1))
		y := area.y + area.h*(1-min(1, v/max(highest, math.SmallestNonzeroFloat64)))
		fmt.Fprintf(&path, "%s%.1f %.1f", command, x, y)
		command = "L"
	}
	return path.String()
}

// roundUp rounds v up to 1, 2, 4, 6, 8 or 10 times a power of ten. Bytes are rounded in the
// largest binary unit that is not greater than v, such as KiB.
func roundUp(v float64, unit string) float64 {
	if v <= 0 {
		return 1
	}
	power := 1.0
	for unit == "bytes" && v >= 1024*power {
		power *= 1024
	}
	power *= math.Pow(10, math.Floor(math.Log10(v/power)))
	for _, step := range []float64{1, 2, 4, 6, 8} {
		if v <= step*power {
			return step * power
		}
	}
	return 10 * power
}

// formatWithUnit formats a value with a unit of the dashboards.
func formatWithUnit(v float64, unit string) string {
	scaled := func(step float64, units ...string) string {
		i := 0
		for ; math.Abs(v) >= step && i < len(units)-1; i++ {
			v /= step
		}
		return strings.TrimSuffix(formatNumber(v)+" "+units[i], " ")
	}
	switch unit {
	case "percentunit":
		return formatNumber(v*100) + " %"
	case "s":
		switch {
		case v == 0 || v >= 1:
			return formatNumber(v) + " s"
		case v >= 1e-3:
			return formatNumber(v*1e3) + " ms"
		default:
			return formatNumber(v*1e6) + " µs"
		}
	case "bytes":
		return scaled(1024, "B", "KiB", "MiB", "GiB")
	case "Bps":
		return scaled(1000, "B/s", "kB/s", "MB/s", "GB/s")
	case "reqps":
		return formatNumber(v) + " req/s"
	case "cps", "ops":
		return scaled(1000, "/s", "k/s", "M/s")
	case "", "short":
		return scaled(1000, "", "k", "M", "G")
	default:
		panic("no unit " + unit)
	}
}

// formatNumber formats a number with three significant digits.
func formatNumber(v float64) string {
	text := fmt.Sprintf("%.3g", v)
	if strings.Contains(text, "e") {
		text = fmt.Sprintf("%.0f", v)
	}
	return text
}

// shorten shortens a text to a maximum number of letters.
func shorten(text string, letters int) string {
	if runes := []rune(text); len(runes) > letters {
		return string(runes[:letters-1]) + "…"
	}
	return text
}

// drawNumber draws a number in a colour, as the content of a panel.
func (s *svg) drawNumber(b box, value, colour string) {
	s.writef(`<text x="%.0f" y="%.0f" class="stat" fill="%s">%s</text>`, b.x+b.w/2, b.y+b.h/2+14, colour, html.EscapeString(value))
}

// drawTable draws rows below a heading. If there is not enough room for all rows, it shows
// how many are missing.
func (s *svg) drawTable(b box, head []string, rows [][]string) {
	width := b.w / float64(len(head))
	fit := int(b.h/18) - 1
	for i, name := range head {
		s.drawText(b.x+float64(i)*width, b.y+14, "head", name)
	}
	for r, row := range rows {
		if r == fit {
			s.drawText(b.x+b.w, b.y-9, "axis right", fmt.Sprintf("and %d more rows", len(rows)-fit))
			break
		}
		for i, cell := range row {
			s.drawText(b.x+float64(i)*width, b.y+14+float64(r+1)*18, "axis", cell)
		}
	}
}
