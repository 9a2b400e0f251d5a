"""What larbench offers beside its command line to who has a method, or results, to look after.

``larbench.testing`` holds the suite that every method is to pass, ``larbench.gate`` the regression gate as a
function, ``larbench.new_method`` writes the package of a new method. Methods themselves import from
``benchmark``, from the modules that define what they use: their cells' identity follows these imports.
"""
