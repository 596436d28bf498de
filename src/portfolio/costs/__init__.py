"""What investments lead to each year: components, capital cost and operating consequence."""
