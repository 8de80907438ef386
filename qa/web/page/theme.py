"""How gradio's own components look. The colours are the variables of `colours.css`."""

import gradio as gr

_COLOURS = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--quiet)",
    "background_fill_primary": "var(--sheet)",
    "background_fill_secondary": "var(--paper)",
    "block_background_fill": "var(--sheet)",
    "block_border_color": "var(--rule)",
    "block_label_text_color": "var(--quiet)",
    "block_title_text_color": "var(--quiet)",
    "block_info_text_color": "var(--quiet)",
    "border_color_primary": "var(--rule)",
    "border_color_accent": "var(--link)",
    "color_accent_soft": "var(--paper)",
    "input_background_fill": "var(--sheet)",
    "input_border_color": "var(--rule-strong)",
    "input_placeholder_color": "var(--quiet)",
    "link_text_color": "var(--link)",
    "checkbox_background_color": "var(--sheet)",
    "checkbox_border_color": "var(--rule-strong)",
    "checkbox_background_color_selected": "var(--link)",
    "checkbox_border_color_selected": "var(--link)",
    "checkbox_label_background_fill": "var(--sheet)",
    "checkbox_label_background_fill_hover": "var(--paper)",
    "checkbox_label_background_fill_selected": "var(--sheet)",
    "checkbox_label_border_color": "var(--rule)",
    "checkbox_label_text_color": "var(--ink)",
    "checkbox_label_text_color_selected": "var(--ink)",
    "button_primary_background_fill": "var(--link)",
    "button_primary_background_fill_hover": "var(--link)",
    "button_primary_border_color": "var(--link)",
    "button_primary_text_color": "var(--sheet)",
    "button_secondary_background_fill": "var(--sheet)",
    "button_secondary_background_fill_hover": "var(--paper)",
    "button_secondary_border_color": "var(--rule-strong)",
    "button_secondary_border_color_hover": "var(--ink)",
    "button_secondary_text_color": "var(--ink)",
    "button_secondary_text_color_hover": "var(--ink)",
    "button_cancel_background_fill": "var(--sheet)",
    "button_cancel_background_fill_hover": "var(--paper)",
    "button_cancel_border_color": "var(--weak)",
    "button_cancel_text_color": "var(--weak)",
}
_SHAPES = {
    "button_border_width": "1px",
    "input_border_width": "1px",
    "checkbox_label_border_width": "1px",
}


def theme() -> gr.themes.Base:
    """Colours of ink and paper; the fonts are the system's own."""
    system = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Consolas", "monospace"]
    base = gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        radius_size="md",
        font=[gr.themes.Font(name) for name in system],
        font_mono=[gr.themes.Font(name) for name in mono],
    )
    dark = {f"{name}_dark": colour for name, colour in _COLOURS.items()}
    return base.set(color_accent="var(--link)", **_COLOURS, **dark, **_SHAPES)
